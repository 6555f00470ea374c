package run

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"
)

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
