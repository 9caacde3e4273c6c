// The one source of the library whose precompiled header all tests share.
