"""门 (doors): the command line, Excel, and the watcher. They translate; they decide nothing."""
