package cli

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
	embryoSource  = "flows/science/testdata/guo.csv"
	embryoPackage = "r-bioc-destiny"
	embryoRData   = "usr/lib/R/site-library/destiny/data/guo_norm.rda"
)

var embryoSet = &fetch.Set{
	Owner: "data", Kind: "data set", Name: science.EmbryoName, Folder: "data/" + science.EmbryoName,
	Files: []fetch.File{{Name: filepath.Base(embryoSource), Size: science.EmbryoBytes, SHA256: science.EmbryoSHA256}},
	Sources: []fetch.Source{
		{Name: "source", Fetch: embryoBesideSource},
		{Name: "r", Fetch: func(_ context.Context, j *fetch.Job) error { return putEmbryo(j, "/"+embryoRData) }},
		{Name: "debian", Fetch: func(ctx context.Context, j *fetch.Job) error {
			return fetch.WithDebianPackage(ctx, j, embryoPackage, func(root string) error { return putEmbryo(j, filepath.Join(root, embryoRData)) })
		}},
	},
	Command: "amgen data fetch " + science.EmbryoName,
	ByHand:  "run `apt-get install " + embryoPackage + "`, or take " + embryoSource + " of amgen's source",
}

// embryoFile is the file of the embryos in the cache, brought there if need be.
func embryoFile(ctx context.Context, opts fetch.Options) (string, error) {
	dir, err := embryoSet.Ensure(ctx, opts)
	return filepath.Join(dir, embryoSet.Files[0].Name), err
}

// embryoBesideSource takes the file where the source is the working directory, or the binary lies in its bin/.
func embryoBesideSource(_ context.Context, j *fetch.Job) error {
	places := []string{embryoSource}
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), "..", embryoSource))
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

// putEmbryo makes the file of the R package's.
func putEmbryo(j *fetch.Job, rda string) error {
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
