package science

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Arrays of TrajectoryNet's schema.
const (
	npzCells  = "pcs"
	npzLabels = "sample_labels"
)

// readNPZ reads TrajectoryNet's schema: pcs, [cells, dim], and sample_labels, the time of each cell.
func readNPZ(name string, data []byte) (*table, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("science: %s is no .npz: %v", name, err)
	}
	var read [2]array
	for i, key := range []string{npzCells, npzLabels} {
		at := slices.IndexFunc(archive.File, func(f *zip.File) bool { return f.Name == key+".npy" })
		if at < 0 {
			return nil, fmt.Errorf("science: %s has no array %q, but %s; save the cells as %q and their times as %q",
				name, key, keysOf(archive), npzCells, npzLabels)
		}
		if read[i], err = readEntry(archive.File[at]); err != nil {
			return nil, fmt.Errorf("science: %s: array %q has %v", name, key, err)
		}
	}
	return arrayTable(name, fmt.Sprintf("array %q", npzCells), fmt.Sprintf("array %q", npzLabels), read[0], read[1])
}

// keysOf lists the arrays of an archive, the first few.
func keysOf(archive *zip.Reader) string {
	var keys []string
	for _, f := range archive.File {
		if len(keys) == 8 {
			keys = append(keys, "…")
			break
		}
		keys = append(keys, fmt.Sprintf("%.40q", strings.TrimSuffix(f.Name, ".npy")))
	}
	if len(keys) == 0 {
		return "nothing"
	}
	return strings.Join(keys, ", ")
}

// readEntry unpacks an array. What the archive says about its size isn't believed.
func readEntry(f *zip.File) (array, error) {
	r, err := f.Open()
	if err != nil {
		return array{}, fmt.Errorf("a damaged entry: %v", err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return array{}, fmt.Errorf("a damaged entry: %v", err)
	}
	if len(data) > maxFile {
		return array{}, fmt.Errorf("more than the %d bytes that are read", maxFile)
	}
	return readNPY(data)
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
