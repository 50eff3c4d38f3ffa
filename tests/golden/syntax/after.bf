migration second 'needs the first' after first, zeroth;
