from tradeplat.core.kernel import is_kernel, kernel


def test_a_kernel_is_the_function_itself_with_a_mark() -> None:
    def double(x: float) -> float:
        return 2.0 * x

    assert not is_kernel(double)
    assert kernel(double) is double
    assert is_kernel(double)
