// Empty: it exists for its precompiled header, which the test programs share.
