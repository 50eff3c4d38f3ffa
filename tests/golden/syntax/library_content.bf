use './parts/_does_things.bf';
