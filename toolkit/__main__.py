"""`python -m toolkit` is `jixiao`."""

from toolkit.cli import main

if __name__ == "__main__":
    main()
