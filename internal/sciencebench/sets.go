package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/embryo"
	"github.com/amgen/amgen/internal/fetch"
)

// set is a data set of snapshots.
type set struct {
	name, title string
	file        string // in the folder of data; "" for the embryos, which have a place of their own, and for hydrogen
	inside      string // which arrays of the file
	options     science.Options
	counted     bool   // numbers of cells tell how the population grows
	velocities  string // array of the .npz with RNA velocities
	printed     []printed
}

// printed are figures that others have published of the same cells, by the same protocol, one for each time.
type printed struct {
	protocol protocol
	name     string
	w1       []string
}

var sets = []set{
	{name: "eb", title: "embryoid body: 1 000 cells, 5 times, the first 5 of 100 components, standardised",
		file: "embryoid_body_val.npz", inside: "#X,ts", velocities: "v",
		options: science.Options{Columns: science.Columns{Use: []string{"1..5"}}}},
	{name: "emt", title: "EMT: 3 133 cells, 4 times, 10 dimensions, standardised", file: "emt.csv", counted: true},
	{name: "gene", title: "gene simulation: 3 031 cells, 5 times, 2 genes, as they are",
		file: "simulation_gene_data.csv", counted: true,
		options: science.Options{Snapshots: science.SnapshotOptions{Raw: true}},
		printed: []printed{
			{allTimes, "DeepRUOT, in print", []string{".044–.057", ".044–.057", ".044–.057", ".044–.057"}},
			{allTimes, "TIGON, in print", []string{".17–.18", ".17–.18", ".17–.18", ".17–.18"}},
			{allTimes, "uAM, in print", []string{".489", ".995", "1.40", "1.66"}},
		}},
	{name: "mouse", title: "mouse haematopoiesis: 10 998 cells, 3 times, 2 dimensions, standardised",
		file: "mouse_hematopoiesis.csv", counted: true},
	{name: science.EmbryoName, title: "mouse embryos: 428 cells, 6 stages, 5 components",
		options: science.Options{Snapshots: science.SnapshotOptions{Components: 5}}},
	{name: "hsmm", title: "HSMM myoblasts: 271 cells, 4 times, 5 components", file: "hsmm.csv",
		options: science.Options{Snapshots: science.SnapshotOptions{Components: 5}}},
	{name: hydrogen, title: "hydrogen: 4 096 samples at 128 times; a perceptron of 4 × 256, 1.6 times the steps, " +
		"of a quarter of the batch",
		printed: []printed{{authorsWay, "AM, in print", []string{"5.7"}},
			{authorsWay, "annealed Langevin with the true score, in print", []string{"36"}}}},
}

// hydrogen is a problem of package science without a file.
const hydrogen = "hydrogen"

func setNames() (names []string) {
	for _, s := range sets {
		names = append(names, s.name)
	}
	return names
}

func chooseSets(names []string) (chosen []set, err error) {
	for _, name := range names {
		i := slices.Index(setNames(), name)
		if i < 0 {
			return nil, fmt.Errorf("unknown data set %q; there are %s", name, setNames())
		}
		chosen = append(chosen, sets[i])
	}
	return chosen, nil
}

// path is where the file lies, or an error that says what is missing.
func (s set) path(ctx context.Context, folder string) (string, error) {
	switch {
	case s.name == hydrogen:
		return "", nil
	case s.file == "":
		return embryo.File(ctx, fetch.Options{})
	case folder == "":
		return "", errors.New("no folder of data was given")
	}
	path := filepath.Join(folder, s.file)
	_, err := os.Stat(path)
	return path, err
}

// open opens the set to learn it by a method; time point out, counted from 1, is left out, or 0 for none.
func (b bench) open(s set, file string, m method, out int, seed int64) (*science.Problem, error) {
	o := s.options
	o.Batch, o.Seed = b.batch, seed
	o.Snapshots.LeaveOut, o.Snapshots.Coupling, o.Snapshots.Smoothing = out, m.coupling, b.smoothing
	if s.file == "" {
		o.Embryo = file
		return science.Open(science.EmbryoName, o)
	}
	return science.Open(science.SnapshotsName(file+s.inside), o)
}
