extern main { }
