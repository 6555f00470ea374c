package anndata

// CellNames reads the names of the cells, the index of obs; of a table that numbers its rows they are the numbers.
func (f *File) CellNames() ([]string, error) { return f.obs.indexNames() }
