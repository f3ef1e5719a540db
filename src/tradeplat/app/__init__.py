"""Settings, plug-ins, wiring and the command line; the only floor that knows them all."""
