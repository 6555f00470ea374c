package science

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ReadSnapshots reads a population from a file, by its ending:
//
//   - .csv or .tsv with a row for each cell: a column of times and coordinates, see docs/reference/files.md;
//   - .npz of TrajectoryNet's schema: pcs, [cells, dimensions], and sample_labels, the times, or the arrays that are
//
// chosen;
//   - CELLS.npy,TIMES.npy: a pair of arrays, named with a comma between.
//
// Whatever is wrong with it is an error of one line that names the row, column or array; a [ColumnsError] where a
// choice of columns settles it.
func ReadSnapshots(name string, choice Columns) (*Population, error) {
	t, err := readTable(name, choice)
	if err != nil {
		return nil, err
	}
	return t.population()
}

func readTable(name string, choice Columns) (*table, error) {
	if cells, times, ok := strings.Cut(name, ","); ok {
		return readPair(choice, cells, times)
	}
	read := map[string]func(string, []byte, Columns) (*table, error){".npz": readNPZ, ".csv": readCSV,
		".tsv": readCSV}[strings.ToLower(filepath.Ext(name))]
	if read == nil {
		return nil, optionErrorf("science: snapshots in %q; give a .csv, .tsv or .npz, or CELLS.npy,TIMES.npy", name)
	}
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return read(filepath.Base(name), data, choice)
}

// readPair reads cells, [cells, dimensions], and their times from two files.
func readPair(choice Columns, names ...string) (*table, error) {
	for _, name := range names {
		if strings.ToLower(filepath.Ext(name)) != ".npy" {
			return nil, optionErrorf("science: %q in a pair of arrays; give CELLS.npy,TIMES.npy", name)
		}
	}
	if choice.Time != "" {
		return nil, optionErrorf("science: a column of times chosen, %q, of a pair of arrays, of which the second "+
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

// readFile reads a regular file of bounded size. Where there is none the error is an [fs.ErrNotExist]; a pipe or a
// device isn't opened, since it might never answer.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("science: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("science: %s is a directory; give a file in it", filepath.Base(name))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("science: %s is a %s; give a file, copy what it has to one", filepath.Base(name),
			kindOf(info.Mode()))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("science: %w", err)
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

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}
