package imaging

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folderExtensions are the files that count as images; others in the folder are passed over.
var folderExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"}

// litter are folders that systems and programs leave beside people's own, in lower case. Their pictures are previews,
// copies or deleted. All names that begin with a dot count as well.
var litter = []string{"__macosx", "@eadir", "@recycle", "#recycle", "#snapshot", "$recycle.bin",
	"system volume information", "lost+found"}

// Count is a number of things of one kind.
type Count struct {
	What string // such as ".tif", or "hidden files"
	N    int
}

func (c Count) String() string { return fmt.Sprintf("%d %s", c.N, c.What) }

// walker lists the pictures of a folder.
type walker struct {
	ctx context.Context
	// whole takes folders that are named like splits for ordinary ones, below the first folder too.
	whole   bool
	paths   []string
	passed  map[string]int  // what isn't read, by kind
	visited map[string]bool // folders, without links in their names
	linked  []string        // folders to follow when all others are read
}

func newWalker(ctx context.Context) *walker {
	return &walker{ctx: ctx, passed: map[string]int{}, visited: map[string]bool{}}
}

// entry is a file or folder that isn't hidden; a link is what it leads to.
type entry struct {
	name                 string
	isDir, isLink, isOdd bool // odd: not to be read, what says why
	what                 string
	picture              bool
}

// entries lists a folder by name. What is passed over is odd.
func (w *walker) entries(dir string) ([]entry, error) {
	if w.ctx.Err() != nil {
		return nil, fmt.Errorf("imaging: listing image folder %s, got %w; run it again", dir, context.Cause(w.ctx))
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("imaging: image folder, got %w; make all of it readable", err)
	}
	entries := make([]entry, 0, len(list))
	for _, d := range list {
		e := entry{name: d.Name(), isDir: d.IsDir(), isLink: d.Type()&fs.ModeSymlink != 0}
		if e.isLink {
			st, err := os.Stat(filepath.Join(dir, e.name))
			e.isDir = err == nil && st.IsDir()
		}
		extension := strings.ToLower(filepath.Ext(e.name))
		switch {
		case e.isDir && (strings.HasPrefix(e.name, ".") || slices.Contains(litter, strings.ToLower(e.name))):
			e.isOdd, e.what = true, "folder "+e.name
		case e.isDir:
		case strings.HasPrefix(e.name, "."):
			e.isOdd, e.what = true, "hidden file"
		case slices.Contains(folderExtensions, extension):
			e.picture = true
		default:
			e.isOdd, e.what = true, cmp.Or(extension, "file without ending")
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// walk lists the pictures below root, sorted by path, in w.paths. Each folder is read once: a link to one that is read
// anyway, such as a loop, is passed over.
func (w *walker) walk(root string) error {
	target, err := filepath.EvalSymlinks(root)
	if err == nil {
		err = w.folder(root, target)
	}
	for err == nil && len(w.linked) > 0 {
		link := w.linked[0]
		w.linked = w.linked[1:]
		if target, err = filepath.EvalSymlinks(link); err == nil {
			err = w.folder(link, target)
		}
	}
	if err != nil {
		return err
	}
	if len(w.paths) == 0 {
		return fmt.Errorf("imaging: image folder %s, got no image; it should hold files of %s%s", root,
			strings.Join(folderExtensions, ", "), w.instead())
	}
	slices.Sort(w.paths)
	return nil
}

// folder reads one folder and those in it, but for links. target is its name without links.
func (w *walker) folder(dir, target string) error {
	if w.visited[target] {
		w.passed["link to a folder that is read anyway"]++
		return nil
	}
	w.visited[target] = true
	entries, err := w.entries(dir)
	if err != nil {
		return err
	}
	if err := w.checkSplits(dir, entries); err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.name)
		switch {
		case e.isOdd:
			w.passed[e.what]++
		case e.isDir && e.isLink:
			w.linked = append(w.linked, path)
		case e.isDir:
			if err := w.folder(path, filepath.Join(target, e.name)); err != nil {
				return err
			}
		default:
			w.paths = append(w.paths, path)
		}
	}
	return nil
}

// checkSplits refuses to take the splits of a folder within for one set.
func (w *walker) checkSplits(dir string, entries []entry) error {
	found := map[Split]string{}
	var names []string
	for _, e := range entries {
		if split, ok, _ := splitNamed(e.name); ok && e.isDir && !e.isOdd && !w.whole {
			found[split] = e.name
			names = append(names, e.name)
		}
	}
	if len(found) < 2 {
		return nil
	}
	example := found[Test]
	if name, ok := found[Train]; ok {
		example = name
	}
	return fmt.Errorf("imaging: image folder %s, got the folders %s, which are splits and not one set; name one of "+
		"them, "+
		"such as %s, or write %s%s:%s for all pictures below it as one set", dir, listed(names),
		filepath.Join(dir, example), folderPrefix, dir, All)
}

// hasPicture tells whether a picture lies anywhere in a folder.
func (w *walker) hasPicture(dir string) (bool, error) {
	probe := newWalker(w.ctx)
	probe.whole = true
	todo := []string{dir}
	for len(todo) > 0 {
		dir, todo = todo[0], todo[1:]
		target, err := filepath.EvalSymlinks(dir)
		if err != nil || probe.visited[target] {
			continue
		}
		probe.visited[target] = true
		entries, err := probe.entries(dir)
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			if e.picture {
				return true, nil
			}
			if e.isDir && !e.isOdd {
				todo = append(todo, filepath.Join(dir, e.name))
			}
		}
	}
	return false, nil
}

// passedOver is what isn't read, sorted by kind.
func (w *walker) passedOver() []Count {
	var counts []Count
	for _, what := range slices.Sorted(maps.Keys(w.passed)) {
		c := Count{what, w.passed[what]}
		if c.N > 1 { // the first word is what is counted
			for _, thing := range []string{"hidden file", "file", "folder", "picture", "link"} {
				if rest, ok := strings.CutPrefix(c.What, thing); ok {
					c.What = thing + "s" + rest
					break
				}
			}
		}
		counts = append(counts, c)
	}
	return counts
}

// instead says in an error what there is.
func (w *walker) instead() string {
	if len(w.passed) == 0 {
		return ""
	}
	return " (passed over: " + joined(w.passedOver()) + ")"
}

func joined(counts []Count) string {
	const most = 12
	var parts []string
	for i, c := range counts {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d kinds more", len(counts)-most))
			break
		}
		parts = append(parts, c.String())
	}
	return strings.Join(parts, ", ")
}
