package complete

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
)

// imageSets are the data sets of images that amgen fetches.
func imageSets() []string {
	return slices.DeleteFunc(imaging.Names(), func(name string) bool {
		_, own := imaging.CutFolder(name)
		return own
	})
}

// Beginnings of the names of data sets that are the user's own.
const (
	folder    = "folder:"
	snapshots = "snapshots:"
)

// tables are the endings of files of snapshots.
var tables = []string{".csv", ".tsv", ".h5ad", ".npz", ".npy"}

// dataSets suggests the names of data sets, and behind folder: and snapshots: what there is of directories and files.
func dataSets(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if path, own := strings.CutPrefix(typed, folder); own {
		return below(folder, path, nil), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	if path, own := strings.CutPrefix(typed, snapshots); own {
		return below(snapshots, path, tables), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	var list []string
	for _, name := range append(imageSets(), science.Names()...) {
		if _, own := science.CutSnapshots(name); !own {
			list = append(list, name)
		}
	}
	found := startingWith(typed, list)
	own := startingWith(typed, []string{folder, snapshots})
	directive := cobra.ShellCompDirectiveNoFileComp
	if len(found) == 0 && len(own) > 0 {
		directive |= cobra.ShellCompDirectiveNoSpace // the path follows
	}
	return append(found, own...), directive
}

// below suggests the directories, and the files with some endings, whose path begins so, each behind a beginning.
func below(beginning, path string, endings []string) (found []string) {
	const most = 1000
	dir, start := filepath.Split(path)
	at := filepath.Clean(dir) // "" is the current one
	if info, err := os.Stat(at); err != nil || !info.IsDir() {
		return nil // opening a FIFO would wait
	}
	f, err := os.Open(at)
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(most) // what can be read is suggested
	for _, e := range entries {
		name := e.Name()
		switch ending := strings.ToLower(filepath.Ext(name)); {
		case !strings.HasPrefix(name, start) || strings.HasPrefix(name, ".") && start == "":
		case e.IsDir():
			found = append(found, beginning+dir+name+string(filepath.Separator))
		case slices.Contains(endings, ending):
			found = append(found, beginning+dir+name)
		}
	}
	slices.Sort(found)
	return found
}
