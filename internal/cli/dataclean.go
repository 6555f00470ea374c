package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/fetch"
)

func newDataClean(std streams, opts *imaging.Options) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove cached features and unfinished files from the cache",
		Long: "Remove the features that `amgen eval` keeps in the cache, which are computed again when needed, and " +
			"the unfinished files of fetches. Data sets and weights stay. The command removes only files with names " +
			"that amgen gives, follows no links, and leaves a folder that holds anything else. An evaluation that " +
			"runs meanwhile may have to be started again.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return cleanData(std, *opts, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "list what would be removed, and remove nothing")
	return cmd
}

// cleaned is a file or folder that was removed, or would be.
type cleaned struct {
	path, what string
	bytes      int64
}

func cleanData(std streams, opts imaging.Options, dryRun bool) error {
	root := opts.Cache
	if root == "" {
		var err error
		if root, err = fetch.CacheDir(); err != nil {
			return err
		}
	}
	list, err := cleanFeatures(filepath.Join(root, featuresDir), dryRun)
	if err == nil {
		var left []fetch.Leftover
		left, err = fetch.ClearLeftovers(fetch.Options{Cache: opts.Cache}, dryRun)
		for _, l := range left {
			list = append(list, cleaned{l.Path, "unfinished", l.Bytes})
		}
	}
	total := int64(0)
	w := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
	for _, c := range list {
		total += c.bytes
		fmt.Fprintf(w, "%s\t%s\t%s\n", shown(c.path), c.what, humanize.Bytes(uint64(c.bytes)))
	}
	if flushed := w.Flush(); flushed != nil || err != nil {
		return errors.Join(err, flushed)
	}
	verb := "removed"
	if dryRun {
		verb = "would be removed"
	}
	fmt.Fprintf(std.err, "data: %s %s from %s\n", humanize.Bytes(uint64(total)), verb, root)
	return nil
}

// featuresDir is the folder of the cache that holds stores of features, each in a folder named by its key.
const featuresDir = "features"

var storeKey = regexp.MustCompile(`^[0-9a-f]{16}$`)

// cleanFeatures removes the stores in dir. One that holds anything but a store's files stays as it is.
func cleanFeatures(dir string, dryRun bool) (list []cleaned, err error) {
	if st, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return nil, nil
	}
	root, err := os.OpenRoot(dir) // so that no link leads outside
	if err != nil {
		return nil, fmt.Errorf("features in the cache: %w; make them readable", err)
	}
	defer root.Close()
	stores, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("features in the cache: %w; make them readable", err)
	}
	for _, s := range stores {
		if !s.IsDir() || !storeKey.MatchString(s.Name()) {
			continue
		}
		files, bytes, err := storeFiles(root, s.Name())
		if err != nil {
			return list, fmt.Errorf("features in the cache: %w; make them readable", err)
		}
		if files == nil {
			continue
		}
		if !dryRun {
			for _, file := range append(files, s.Name()) {
				if err := root.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return list, fmt.Errorf("features in the cache: %w; check the rights there", err)
				}
			}
		}
		list = append(list, cleaned{filepath.Join(dir, s.Name()), fmt.Sprintf("features, %d files", len(files)), bytes})
	}
	return list, nil
}

// storeFiles are the files of a store and their size, or nil if it holds other files.
func storeFiles(root *os.Root, store string) (files []string, bytes int64, err error) {
	entries, err := fs.ReadDir(root.FS(), store)
	if err != nil {
		return nil, 0, err
	}
	files = []string{}
	for _, e := range entries {
		if !e.Type().IsRegular() || !eval.IsStoreFile(e.Name()) && e.Name() != requestName {
			return nil, 0, nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, 0, err
		}
		files, bytes = append(files, filepath.Join(store, e.Name())), bytes+info.Size()
	}
	return files, bytes, nil
}
