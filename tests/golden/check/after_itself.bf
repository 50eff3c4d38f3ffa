migration b after a, b, c, a;
