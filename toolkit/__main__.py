"""`python -m toolkit` is `jixiao`."""

from toolkit.doors.cli import main

if __name__ == "__main__":
    main()
