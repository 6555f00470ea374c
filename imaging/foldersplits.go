package imaging

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
)

// splitWords are the names that folders of a split have, without digits, signs and fillers, in lower case.
var splitWords = map[string]Split{
	"train": Train, "training": Train, "trn": Train, "trainval": Train,
	"test": Test, "testing": Test, "tst": Test, "holdout": Test, "heldout": Test,
	"val": Val, "valid": Val, "validation": Val, "validate": Val, "validating": Val, "dev": Val, "devel": Val,
	"development": Val, "eval": Val, "evaluation": Val,
}

// splitFillers say nothing: train_images, training_set, val2017, test-data.
var splitFillers = map[string]bool{"set": true, "split": true, "data": true, "dataset": true, "images": true,
	"image": true,
	"imgs":  true, "img": true, "pictures": true, "pics": true, "photos": true, "jpg": true, "jpeg": true, "png": true}

// words cuts a folder's name at what is no letter, and where a small letter comes before a capital.
func words(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) || small && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		if unicode.IsLetter(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Fields(b.String())
}

// splitNamed is the split whose name a folder has, in any case; with ok it has. like is the split that one of its words
// names, though the others make something else of it, as in bullet-train; empty if none does.
func splitNamed(folder string) (split Split, ok bool, like Split) {
	var rest []string
	for _, w := range words(folder) {
		for _, suffix := range []string{"set", "data", "images"} { // trainset
			if s, found := strings.CutSuffix(w, suffix); found && splitWords[s] != "" {
				w = s
			}
		}
		if splitWords[w] != "" {
			like = splitWords[w]
		}
		if !splitFillers[w] {
			rest = append(rest, w)
		}
	}
	split, ok = splitWords[strings.Join(rest, "")] // held-out
	if ok {
		like = split
	}
	return split, ok, like
}

// layout is how a folder of pictures is divided.
type layout struct {
	dir     string
	splits  map[Split][]string // the names of its folders that are named like each split; empty if there are none
	beside  []string           // names of other folders that hold pictures, where there are splits
	loose   int                // pictures beside these folders
	unclear bool               // splits or all of it? One split alone has pictures beside it
}

// layoutOf finds the splits among the folders right below dir. Folders are splits if they have the names of two splits
// or more, or of one and nothing else is there. Pictures outside of one split alone leave it open what is meant: a
// train is also a vehicle.
func (w *walker) layoutOf(dir string) (*layout, error) {
	entries, err := w.entries(dir)
	if err != nil {
		return nil, err
	}
	l := &layout{dir: dir, splits: map[Split][]string{}}
	var others []string
	likes := map[Split]bool{}
	for _, e := range entries {
		if e.isOdd {
			continue
		}
		if !e.isDir {
			if e.picture {
				l.loose++
			}
			continue
		}
		split, ok, like := splitNamed(e.name)
		if ok {
			l.splits[split] = append(l.splits[split], e.name)
		} else {
			others = append(others, e.name)
		}
		if like != "" {
			likes[like] = true
		}
	}
	if len(l.splits) < 2 && len(likes) >= 2 {
		return nil, fmt.Errorf("imaging: image folder %s, got the folders %s, which are named like splits, but "+
			"unclearly; "+
			"rename them train, val and test, name one of them as the folder, or write %s%s:%s for all pictures as "+
			"one set",
			dir, listed(append(l.names(), others...)), folderPrefix, dir, All)
	}
	if len(l.splits) == 0 {
		return l, nil
	}
	for _, name := range others {
		has, err := w.hasPicture(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if has {
			l.beside = append(l.beside, name)
		}
	}
	l.unclear = len(l.splits) == 1 && (len(l.beside) > 0 || l.loose > 0)
	return l, nil
}

// names lists the folders of all splits.
func (l *layout) names() (names []string) {
	for _, s := range Splits {
		names = append(names, l.splits[s]...)
	}
	return names
}

// has lists the splits that there are.
func (l *layout) has() (splits []Split) {
	for _, s := range Splits {
		if len(l.splits[s]) > 0 {
			splits = append(splits, s)
		}
	}
	return splits
}

// root is the folder of a split, and of all pictures if there is none. Only training data are what isn't divided.
func (l *layout) root(split Split) (string, error) {
	if l.unclear {
		return "", fmt.Errorf("imaging: image folder %s, got the folder %s, which may be a split or a class: other "+
			"pictures "+
			"lie beside it (%s); name %s%s for its pictures, or %s%s:%s for all of them as one set", l.dir,
			l.names()[0],
			l.outside(), folderPrefix, filepath.Join(l.dir, l.names()[0]), folderPrefix, l.dir, All)
	}
	named := l.splits[split]
	switch {
	case len(named) > 1:
		return "", fmt.Errorf("imaging: split %q of image folder %s, got the folders %s, which are all named like "+
			"it; rename all but one, or name one of them as the folder", split, l.dir, listed(named))
	case len(named) == 1 && len(l.splits) == 1 && split == Train && len(l.beside) == 0 && l.loose == 0:
		return l.dir, nil // the same pictures, and nothing else
	case len(named) == 1:
		return filepath.Join(l.dir, named[0]), nil
	case split == Train && len(l.splits) == 0:
		return l.dir, nil
	case len(l.splits) == 0:
		return "", fmt.Errorf("imaging: split %q of image folder %s, got a folder that isn't divided into splits; "+
			"make the folders train, val and test in it, "+
			"or use the split %q", split, l.dir, Train)
	}
	return "", fmt.Errorf("imaging: split %q of image folder %s, got the splits %s alone; ask for one of them, or "+
		"name %s%s to take its pictures as a set of their own", split, l.dir, listed(l.has()), folderPrefix,
		filepath.Join(l.dir, l.names()[0]))
}

// outside says what lies beside the folders of splits.
func (l *layout) outside() string {
	if len(l.beside) == 0 {
		return "not in any folder"
	}
	return listed(l.beside)
}

// listed joins names, the first of many.
func listed[T ~string](names []T) string {
	const most = 4
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == most:
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			return b.String()
		case i > 0 && i == len(names)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(name))
	}
	return b.String()
}
