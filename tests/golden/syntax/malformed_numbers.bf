profile p settings a = 1.5x, b = 1;
profile q settings a = 1e+, b = 1;
profile r settings a = 0x1p-;
