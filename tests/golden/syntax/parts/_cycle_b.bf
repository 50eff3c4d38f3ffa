use '../parts/_cycle_a.bf';
