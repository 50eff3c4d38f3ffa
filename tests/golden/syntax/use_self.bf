use './use_self.bf';
