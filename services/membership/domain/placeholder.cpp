// in the works
