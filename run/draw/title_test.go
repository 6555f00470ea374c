package draw

import (
	"testing"

	"github.com/amgen/amgen/flows/science"
)

func TestTitle(t *testing.T) {
	cells := &science.Snapshots{Population: &science.Population{Name: "ok.h5ad"}}
	for want, p := range map[string]*science.Problem{
		"ok.h5ad": {Name: "snapshots:/a/ok.h5ad#obsm/X_pca,day", Snapshots: cells},
		"embryo":  {Name: "embryo", Snapshots: cells},
		"moons":   {Name: "moons"},
	} {
		if got := title(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
