package tables

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Read reads a table of cells from a file, by its ending:
//
//   - .csv, .tsv or .txt with a row for each cell: a column of times and coordinates, see docs/reference/files.md;
//   - .h5ad, as AnnData is saved: a matrix, X unless another is named, and a column of obs with the times;
//   - .npz of TrajectoryNet's schema: pcs, [cells, dimensions], and sample_labels, the times, or the arrays that are
//     chosen;
//   - CELLS.npy,TIMES.npy: a pair of arrays, named with a comma between.
//
// After the name of a .h5ad or .npz may stand #CELLS or #CELLS,TIMES: the matrix or array of the cells, and the column
// or array of their times.
//
// Whatever is wrong with it is an error of one line that names the row, column or array; a [ColumnsError] where a
// choice of columns settles it.
func Read(name string, choice Columns) (*Table, error) {
	paths, inside := Split(name)
	if len(paths) == 2 {
		return readPair(choice, paths...)
	}
	path := paths[0]
	cells, times, both := strings.Cut(inside, ",")
	switch {
	case both && choice.Time != "":
		return nil, OptionErrorf("science: the times are named twice, %q and %q; leave one out", times, choice.Time)
	case strings.Contains(times, ","):
		return nil, OptionErrorf("science: %q after the name of a file; give the array of the cells, or this and that "+
			"of the times with a comma between", inside)
	case both:
		choice.Time = times
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".h5ad":
		return readH5AD(path, cells, choice)
	case ".npz", ".csv", ".tsv", ".txt":
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		return Parse(filepath.Base(path), data, cells, choice)
	}
	return nil, unknownEnding(path)
}

// Parse reads a table from all of a .npz, else of a text. cells names the array of the cells in a .npz, "" for the one
// that the choice of columns names.
func Parse(name string, data []byte, cells string, choice Columns) (*Table, error) {
	if strings.EqualFold(filepath.Ext(name), ".npz") {
		return readNPZ(name, data, cells, choice)
	}
	return readCSV(name, data, choice)
}

// Split divides the files of "snapshots:FILES" into the paths, two of a pair of arrays, and what stands after
// # behind a .h5ad or .npz.
func Split(files string) (paths []string, inside string) {
	for _, ending := range []string{".h5ad#", ".npz#"} {
		if at := strings.Index(strings.ToLower(files), ending); at >= 0 {
			at += len(ending) - 1
			return []string{files[:at]}, files[at+1:]
		}
	}
	if cells, times, pair := strings.Cut(files, ","); pair {
		return []string{cells, times}, ""
	}
	return []string{files}, ""
}

// conversions say how files that aren't read become files that are, by their endings.
var conversions = map[string]string{
	".mtx":     "save it as .h5ad, in Python by scanpy.read_10x_mtx and write_h5ad",
	".h5":      "save it as .h5ad, in Python by scanpy.read_10x_h5 and write_h5ad",
	".loom":    "save it as .h5ad, in Python by scanpy.read_loom and write_h5ad",
	".zarr":    "save it as .h5ad, in Python by anndata.read_zarr and write_h5ad",
	".parquet": "save it as .csv, in Python by pandas.read_parquet and to_csv",
	".rds":     "save it as .csv, in R by readRDS and write.csv",
	".rda":     "save it as .csv, in R by load and write.csv",
	".xlsx":    "save the sheet as .csv",
}

// unknownEnding is the error for a file that isn't read, with a way to one that is.
func unknownEnding(path string) error {
	plain, packed := strings.CutSuffix(strings.ToLower(path), ".gz")
	do := conversions[filepath.Ext(plain)]
	switch {
	case do == "" && packed:
		do = "unpack it first"
	case do == "":
		do = "give a .csv, .tsv, .txt, .h5ad or .npz, or CELLS.npy,TIMES.npy"
	}
	return OptionErrorf("science: snapshots in %q, which aren't read; %s", path, do)
}

// readPair reads cells, [cells, dimensions], and their times from two files.
func readPair(choice Columns, names ...string) (*Table, error) {
	for _, name := range names {
		if strings.ToLower(filepath.Ext(name)) != ".npy" {
			return nil, OptionErrorf("science: %q in a pair of arrays; give CELLS.npy,TIMES.npy", name)
		}
	}
	if choice.Order != nil {
		return nil, OptionErrorf("science: a pair of arrays has numbers as times, and an order is for labels; leave " +
			"it out")
	}
	if choice.Time != "" {
		return nil, OptionErrorf("science: a column of times chosen, %q, of a pair of arrays, of which the second "+
			"has the times; leave it out", choice.Time)
	}
	var arrays [2]array
	for i, name := range names {
		data, err := readFile(name)
		if err != nil {
			return nil, err
		}
		if arrays[i], err = readNPY(data); err != nil {
			return nil, fmt.Errorf("science: %s has %v", filepath.Base(name), err)
		}
		arrays[i].name = filepath.Base(name)
	}
	return arrayTable(filepath.Base(names[0]), arrays[0], arrays[1], choice)
}

// readFile reads a regular file of bounded size.
func readFile(name string) ([]byte, error) {
	f, _, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return nil, fmt.Errorf("science: %s: %v", filepath.Base(name), err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("science: %s holds more than the %d bytes that are read", filepath.Base(name), maxFile)
	}
	if what := foreign(name, data); what != "" {
		return nil, fmt.Errorf("science: %s is %s", filepath.Base(name), what)
	}
	return data, nil
}

// openFile opens a regular file, of so many bytes. Where there is none the error is an [fs.ErrNotExist]; a pipe or a
// device isn't opened, since it might never answer.
func openFile(name string) (f *os.File, size int64, err error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("science: %w", err)
	case info.IsDir():
		return nil, 0, fmt.Errorf("science: %s is a directory; give a file in it", filepath.Base(name))
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("science: %s is a %s; give a file, copy what it has to one", filepath.Base(name),
			kindOf(info.Mode()))
	}
	if f, err = os.Open(name); err != nil {
		return nil, 0, fmt.Errorf("science: %w", err)
	}
	return f, info.Size(), nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}
