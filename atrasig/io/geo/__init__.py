"""Records of the Gene Expression Omnibus: series matrices and SOFT."""
