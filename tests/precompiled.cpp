// Nothing: its precompiled header is what the test programs use.
