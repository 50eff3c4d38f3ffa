use './_self.bf' as again;
