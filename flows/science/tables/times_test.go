package tables

import "testing"

// A column is proposed as the time where a word of its name is that of a time.
func TestHintsTime(t *testing.T) {
	for name, want := range map[string]bool{"collection_day": true, "timePoint": true, "T": true, "t": true,
		"donor age": true, "week": true, "hours2": true, "n_genes": false, "percentage": false, "average": false,
		"image": false, "cluster_label": false, "": false} {
		if hintsTime(name) != want {
			t.Errorf("%q: %v, want %v", name, !want, want)
		}
	}
}
