package imaging

import (
	"os"
	"strings"
)

// Split names one part of a data set.
type Split string

const (
	// Train and Test are the two splits that every data set of the registry has.
	Train Split = "train"
	Test  Split = "test"
	// Val is held out from training as Test is; folders may have it.
	Val Split = "val"
	// All in the name of a folder, "folder:DIR:all", says that it is one set whatever its folders are called.
	All Split = "all"
)

// Splits lists the splits in the order in which they are shown.
var Splits = []Split{Train, Test, Val}

// CutSplit separates the split from a data set's name: of mnist:test, of folder:DIR:val, of folder:DIR:all; split is
// empty if the name has none. A split alone has an empty base. A folder whose own name ends so is taken by its name.
func CutSplit(name string) (base string, split Split) {
	dir, folder := strings.CutPrefix(name, folderPrefix)
	if folder {
		if st, err := os.Stat(dir); err == nil && st.IsDir() {
			return name, ""
		}
	}
	for _, s := range append(Splits, All) {
		at := len(name) - len(s)
		if at < 0 || !strings.EqualFold(name[at:], string(s)) || at > 0 && name[at-1] != ':' || s == All && !folder {
			continue
		}
		return strings.TrimSuffix(name[:at], ":"), s
	}
	return name, ""
}
