"""pyarrow is loaded when a file is read, and brings no pandas."""

import subprocess
import sys
from pathlib import Path

from tradeplat.history.arrow import arrow

SOURCE = str(Path(__file__).parents[2] / "src")


def test_the_door_leads_to_the_library_and_its_parts():
    assert arrow().__name__ == "pyarrow"
    assert arrow("csv").__name__ == "pyarrow.csv"


def test_importing_the_store_loads_nothing_heavy_and_reading_loads_no_pandas(tmp_path: Path):
    path = tmp_path / "X_1m.csv"
    path.write_text(
        "timestamp,symbol,open,high,low,close,volume\n2013-10-07T08:00:00Z,X,1,2,0.5,1.5,10\n",
        encoding="utf-8",
    )
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tradeplat.history.check import check\n"
        "from tradeplat.history.csv_store import load_bars\n"
        "from tradeplat.history.dataset import DataSet\n"
        "from tradeplat.history.synthetic import morning\n"
        "assert 'pyarrow' not in sys.modules\n"
        f"path = Path({str(path)!r})\n"
        "assert len(load_bars(path)['X']) == sum(map(len, DataSet.open([path]).merged())) == 1\n"
        "assert not {'pandas', 'pyarrow.compute'} & set(sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": SOURCE})
    assert run.returncode == 0
