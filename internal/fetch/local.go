package fetch

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// LocalGzip is the source of name.gz files that already lie in a folder: put into the cache by a
// person (folder ""), or installed by the system. It needs no network.
func LocalGzip(name, folder string) Source {
	return Source{Name: name, Fetch: func(_ context.Context, j *Job) error {
		from := folder
		if from == "" {
			from = j.Dir
		}
		j.place = from
		return putGzipFolder(j, from)
	}}
}

// putGzipFolder stores the missing files from a folder of name.gz files.
func putGzipFolder(j *Job, folder string) error {
	return j.PutEach(func(name string) (io.ReadCloser, error) {
		f, err := os.Open(filepath.Join(folder, name+".gz"))
		if errors.Is(err, os.ErrNotExist) {
			return nil, ErrNotHere
		}
		if err != nil {
			return nil, err
		}
		return openGzip(f, nil)
	})
}
