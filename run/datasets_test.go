package run

import (
	"strings"
	"testing"
)

// TestUnknownDataset: a path without the word before it is told which word.
func TestUnknownDataset(t *testing.T) {
	for name, want := range map[string]string{
		"/data/cells.csv": "choose snapshots:/data/cells.csv",
		"Cells.NPZ":       "choose snapshots:Cells.NPZ",
		"data/photos":     "choose folder:data/photos",
		"mnits":           "choose one of ",
	} {
		if err := KnownDataset(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
