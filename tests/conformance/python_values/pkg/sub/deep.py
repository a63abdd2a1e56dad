DEPTH = 3
def late():
    from pkg import VERSION
    return VERSION
