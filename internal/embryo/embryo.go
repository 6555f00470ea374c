// Package embryo brings the cells of mouse embryos, the data set "embryo", into the user's cache.
package embryo

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/fetch"
)

// The embryos' cells are under the GPL, so they aren't in the program: they lie beside its source, and in a package of
// Debian's.
const (
	sourceFile    = "flows/science/testdata/guo.csv"
	debianPackage = "r-bioc-destiny"
	rData         = "usr/lib/R/site-library/destiny/data/guo_norm.rda"
)

// Set is the data set in the cache.
var Set = &fetch.Set{
	Owner: "data", Kind: "data set", Name: science.EmbryoName, Folder: "data/" + science.EmbryoName,
	Files: []fetch.File{{Name: filepath.Base(sourceFile), Size: science.EmbryoBytes, SHA256: science.EmbryoSHA256}},
	Sources: []fetch.Source{
		{Name: "source", Fetch: besideSource},
		{Name: "r", Fetch: func(_ context.Context, j *fetch.Job) error { return put(j, "/"+rData) }},
		{Name: "debian", Fetch: func(ctx context.Context, j *fetch.Job) error {
			return fetch.WithDebianPackage(ctx, j, debianPackage,
				func(root string) error { return put(j, filepath.Join(root, rData)) })
		}},
	},
	Command: "amgen data fetch " + science.EmbryoName,
	ByHand:  "run `apt-get install " + debianPackage + "`, or take " + sourceFile + " of amgen's source",
}

// File is the file of the embryos in the cache, brought there if need be.
func File(ctx context.Context, opts fetch.Options) (string, error) {
	dir, err := Set.Ensure(ctx, opts)
	return filepath.Join(dir, Set.Files[0].Name), err
}

// besideSource takes the file where the source is the working directory, or the binary lies in its bin/.
func besideSource(_ context.Context, j *fetch.Job) error {
	places := []string{sourceFile}
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), "..", sourceFile))
	}
	for _, place := range places {
		f, err := os.Open(place)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		defer f.Close()
		return j.Put(j.Set.Files[0], f)
	}
	return fetch.ErrNotHere
}

// put makes the file of the R package's.
func put(j *fetch.Job, rda string) error {
	data, err := os.ReadFile(rda)
	if errors.Is(err, fs.ErrNotExist) {
		return fetch.ErrNotHere
	} else if err != nil {
		return err
	}
	if data, err = science.EmbryoCSV(data); err != nil {
		return err
	}
	return j.Put(j.Set.Files[0], bytes.NewReader(data))
}
