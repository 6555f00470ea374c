package science

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ReadSnapshots reads a population from a file, by its ending:
//
//   - .npz of TrajectoryNet's schema: pcs, [cells, dimensions], and sample_labels, the times;
//   - .csv with a row for each cell: a column of times named time, t, day or stage, else the first, and coordinates;
//   - CELLS.npy,TIMES.npy: a pair of arrays, named with a comma between.
//
// Whatever is wrong with it is an error of one line that names the row, column or array.
func ReadSnapshots(name string) (*Population, error) {
	t, err := readTable(name)
	if err != nil {
		return nil, err
	}
	return t.population()
}

func readTable(name string) (*table, error) {
	if cells, times, ok := strings.Cut(name, ","); ok {
		return readPair(cells, times)
	}
	read := map[string]func(string, []byte) (*table, error){".npz": readNPZ, ".csv": readCSV}[strings.ToLower(filepath.Ext(name))]
	if read == nil {
		return nil, optionErrorf("science: snapshots in %q; give a .npz, a .csv, or CELLS.npy,TIMES.npy", name)
	}
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return read(filepath.Base(name), data)
}

// readPair reads cells, [cells, dimensions], and their times from two files.
func readPair(names ...string) (*table, error) {
	for _, name := range names {
		if strings.ToLower(filepath.Ext(name)) != ".npy" {
			return nil, optionErrorf("science: %q in a pair of arrays; give CELLS.npy,TIMES.npy", name)
		}
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
	}
	return arrayTable(filepath.Base(names[0]), "array "+filepath.Base(names[0]), "array "+filepath.Base(names[1]), arrays[0], arrays[1])
}

// readFile reads a regular file of bounded size. Where there is none the error is an [fs.ErrNotExist].
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("science: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("science: %v", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("science: %s holds more than the %d bytes that are read", filepath.Base(name), maxFile)
	}
	return data, nil
}
