package plane_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/run/plane"
)

// problem has three columns that are learned as they are, or as principal components.
func problem(t *testing.T, components int) *science.Problem {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cells.csv")
	text := "day,g1,PC1,g3\n0,1.5,2,-1\n0,2,1,0\n0,4,1.5,3\n1,3,7.5,1\n1,2.5,1,2\n1,0.5,2,8\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := science.Open(science.SnapshotsName(path), science.Options{Batch: 2, Grid: 2, PerTime: 1,
		Snapshots: science.SnapshotOptions{Raw: true, Components: components}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPoints: axes are columns by their names, in any order, or principal components; a column comes before a component
// of its name.
func TestPoints(t *testing.T) {
	learned := []float32{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		names string
		x, y  string
		want  [][2]float64
	}{
		{"", "g1", "PC1", [][2]float64{{1, 2}, {4, 5}}},
		{"g3,g1", "g3", "g1", [][2]float64{{3, 1}, {6, 4}}},
		{"PC1, g3", "PC1", "g3", [][2]float64{{2, 3}, {5, 6}}},
	} {
		in, err := plane.Of(problem(t, 0), split(c.names))
		if err != nil {
			t.Fatal(err)
		}
		if got := in.Points(learned); in.X.Name != c.x || in.Y.Name != c.y || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %q: %v, want %v", c.names, in.X.Name, in.Y.Name, got, c.want)
		}
	}
	components := problem(t, 2)
	in, err := plane.Of(components, nil)
	if err != nil {
		t.Fatal(err)
	}
	if in.X.Name != "principal component 1" || in.Points([]float32{7, 8})[0] != [2]float64{7, 8} {
		t.Errorf("components: %q, %v", in.X.Name, in.Points([]float32{7, 8}))
	}
	if in, err = plane.Of(components, []string{"pc2", "g3"}); err != nil {
		t.Fatal(err)
	}
	back := components.Snapshots.Transform.Invert([]float32{7, 8})
	if got := in.Points([]float32{7, 8})[0]; got != [2]float64{8, back[2]} {
		t.Errorf("a component and a column: %v, want %v", got, back)
	}
}

// TestToys: points without a file have the coordinates x1, x2, …; those of one have the second of a picture free.
func TestToys(t *testing.T) {
	in, err := plane.Of(&science.Problem{Name: "hydrogen", Dim: 3}, []string{"x3", "x2"})
	if err != nil {
		t.Fatal(err)
	}
	if got := in.Points([]float32{1, 2, 3}); !slices.Equal(got, [][2]float64{{3, 2}}) || in.Line() {
		t.Errorf("x3, x2: %v", got)
	}
	if in, err = plane.Of(&science.Problem{Dim: 1}, nil); err != nil || !in.Line() {
		t.Fatalf("one coordinate: %v, %v", in, err)
	}
	if got := in.Points([]float32{5, 6}); !slices.Equal(got, [][2]float64{{5, 0.25}, {6, 0.75}}) {
		t.Errorf("one coordinate: %v", got)
	}
}

// TestRefused: names that mean nothing, or one coordinate twice, are refused with what there is.
func TestRefused(t *testing.T) {
	for names, want := range map[string]string{
		"g1": "two names with a comma between, got 1", "g1,g2": `no column "g2"; it has g1`,
		"g1,g1": "g1 twice", "g1,PC3": `no column "PC3"`, "PC2,PC9": "PC1 to PC2", "g1,": `no column ""`,
		"g1,PC99999999999999999999": "no column",
	} {
		if _, err := plane.Of(problem(t, 2), split(names)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", names, err, want)
		}
	}
}

func split(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}
