package imaging

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// localGzip is the source of name.gz files that already lie in a folder: put into the cache by a
// person (folder ""), or installed by the system. It needs no network.
func localGzip(name, folder string) source {
	return source{name: name, fetch: func(_ context.Context, j *job) error {
		from := folder
		if from == "" {
			from = j.dir
		}
		return putGzipFolder(j, from)
	}}
}

// putGzipFolder stores the missing files from a folder of name.gz files.
func putGzipFolder(j *job, folder string) error {
	return j.putEach(func(name string) (io.ReadCloser, error) {
		f, err := os.Open(filepath.Join(folder, name+".gz"))
		if errors.Is(err, os.ErrNotExist) {
			return nil, errNotHere
		}
		if err != nil {
			return nil, err
		}
		return openGzip(f, nil)
	})
}
