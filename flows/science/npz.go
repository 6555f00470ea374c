package science

import (
	"bytes"
	"fmt"

	"github.com/amgen/amgen/internal/npy"
)

// Arrays of TrajectoryNet's schema.
const (
	npzCells  = "pcs"
	npzLabels = "sample_labels"
)

// readNPZ reads TrajectoryNet's schema: pcs, [cells, dim], and sample_labels, the time of each cell.
func readNPZ(name string, data []byte) (*table, error) {
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("science: %s is %v", name, err)
	}
	var read [2]array
	for i, key := range []string{npzCells, npzLabels} {
		if !archive.Has(key) {
			return nil, fmt.Errorf("science: %s has no array %q, but %s; save the cells as %q and their times as %q",
				name, key, archive, npzCells, npzLabels)
		}
		if read[i], err = readEntry(archive, key); err != nil {
			return nil, fmt.Errorf("science: %s has %v", name, err)
		}
	}
	return arrayTable(name, fmt.Sprintf("array %q", npzCells), fmt.Sprintf("array %q", npzLabels), read[0], read[1])
}

func readEntry(archive *npy.Archive, name string) (array, error) {
	r, entry, err := archive.Open(name)
	if err != nil {
		return array{}, err
	}
	defer entry.Close()
	a, err := finish(r)
	if err != nil {
		return array{}, fmt.Errorf("array %q with %v", name, err)
	}
	return a, nil
}

// arrayTable makes a table of cells, [cells, dim], and their times, [cells] or [cells, 1], named in errors.
func arrayTable(file, cellsName, timesName string, cells, times array) (*table, error) {
	if len(cells.shape) != 2 {
		return nil, fmt.Errorf("science: %s: %s has shape %v; give [cells, dimensions]", file, cellsName, cells.shape)
	}
	if n := len(times.shape); n != 1 && !(n == 2 && times.shape[1] == 1) {
		return nil, fmt.Errorf("science: %s: %s has shape %v; give one time for each cell", file, timesName, times.shape)
	}
	if cells.shape[0] != times.shape[0] {
		return nil, fmt.Errorf("science: %s: %s has %d cells, %s %d times; give one time for each cell", file, cellsName,
			cells.shape[0], timesName, times.shape[0])
	}
	return &table{
		name: file, dim: cells.shape[1], values: cells.values, times: times.values, wide: cellsName,
		where: func(row, column int) string { return fmt.Sprintf("%s, row %d, column %d", cellsName, row, column) },
		whenAt: func(row int) string {
			if row < 0 {
				return timesName
			}
			return fmt.Sprintf("%s, row %d", timesName, row)
		},
	}, nil
}
