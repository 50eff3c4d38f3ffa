use './_cycle_b.bf';
