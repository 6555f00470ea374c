package run

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"
)

// TestClassesOf: whatever run of samples is drawn, each class has its share of them but for a few.
func TestClassesOf(t *testing.T) {
	for _, counts := range [][]int{{1, 1}, {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, {1, 0, 99},
		nil} {
		c := &Classes{Names: []string{"a", "b", "c"}, Counts: counts}
		if counts != nil {
			c.Names = make([]string, len(counts))
		}
		shares := c.Frequencies()
		for _, first := range []int{0, 12345, math.MaxInt - 2000} {
			got := make([]int, c.Len())
			for k := range 1000 {
				got[c.Of(first+k)]++
				for i, share := range shares {
					// The golden ratio's sequence leaves an interval of n points off by less than 3 + log n.
					if off := math.Abs(float64(got[i]) - share*float64(k+1)); off > 3+math.Log(float64(k+1)) {
						t.Fatalf("%v: %d of %d samples from %d on are of class %d, off by %.1f", counts, got[i], k+1,
							first, i, off)
					}
				}
			}
			if i := slices.Index(counts, 0); i >= 0 && got[i] > 0 {
				t.Errorf("%v: %d samples of a class without images", counts, got[i])
			}
		}
	}
}

// TestPlanWithClasses: a plan has the classes of its data set, in the network too, and settings that have none are
// refused.
func TestPlanWithClasses(t *testing.T) {
	c, err := Preset("mnist", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := c.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = true
	p, err := c.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p.Classes.Len() != 10 || p.Model.Classes != 10 || p.Network.Classes != 10 || p.Config.ClassNames[7] != "7" {
		t.Errorf("got %v, and %d in the network", p.Classes, p.Network.Classes)
	}
	if more := p.Params() - plain.Params(); more != 11*64 || plain.Classes != nil || plain.Model.ByClass != nil {
		t.Errorf("%d parameters more, and without classes %v", more, plain.Classes)
	}
	text, err := p.Config.TOML()
	if err != nil {
		t.Fatal(err)
	}
	var read Config
	if err := read.Decode(text); err != nil || !slices.Equal(read.ClassNames, p.Config.ClassNames) || !read.Classes {
		t.Errorf("read %v, %v", read.ClassNames, err)
	}
	if text, err := plain.Config.TOML(); err != nil || strings.Contains(string(text), "class") {
		t.Errorf("a run without has\n%s", text)
	}
	moons, err := Preset("moons", "")
	if err != nil {
		t.Fatal(err)
	}
	moons.Classes = true
	var wrong ConfigError
	if _, err := moons.Resolve(t.Context()); !errors.As(err, &wrong) ||
		!strings.Contains(err.Error(), "moons has points") {
		t.Errorf("points: %v", err)
	}
	flat, err := Preset(imaging.FolderName(t.TempDir()), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	flat.Classes = true
	if _, err := flat.Resolve(t.Context()); !errors.As(err, &wrong) {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestDamagedClasses: classes of a checkpoint that can't be are refused, and one that keeps none leaves counts open.
func TestDamagedClasses(t *testing.T) {
	for text, words := range map[string]string{
		``:                                       "",
		`{"names":["a","b"],"counts":[3,0]}`:     "",
		`{"names":["a","c"],"counts":[3,4]}`:     "set class_names",
		`{"names":["a","b"],"counts":[3]}`:       "1 counts of 2 classes",
		`{"names":["a","b"],"counts":[0,0]}`:     "no image",
		`{"names":["a","b"],"counts":[-1,2]}`:    "a count of -1",
		`{"names":["a","b"],"counts":[2,1e300]}`: "damaged",
		`{"names":["a","b"],"counts":[9000000000000000000,9000000000000000000]}`: "a count of 9000",
		`{`: "damaged",
	} {
		p := &Plan{Classes: &Classes{Names: []string{"a", "b"}}}
		c := &weights.Checkpoint{}
		if text != "" {
			c.Extra = map[string]json.RawMessage{ClassesKey: json.RawMessage(text)}
		}
		err := p.adoptClasses(c, Output{})
		if (words == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%s: error %v, want %q", text, err, words)
		}
		if err == nil && p.Classes.Of(3) > 1 {
			t.Errorf("%s: class %d", text, p.Classes.Of(3))
		}
	}
}
