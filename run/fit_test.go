package run

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
)

// writeWide writes wide pictures of a gradient, and one file that is none.
func writeWide(t *testing.T) (dataset string) {
	dir := t.TempDir()
	for _, name := range []string{"a.png", "b.png", "c.png"} {
		m := image.NewGray(image.Rect(0, 0, 60, 40))
		for i := range 60 * 40 {
			m.SetGray(i%60, i/60, color.Gray{uint8(4*(i%60) + int(name[0]-'a'))})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.png"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	return imaging.FolderName(dir)
}

// TestFitIsOne: the images that are trained on, and those that evaluation and restoring take of the same folder, are
// fitted alike, each fit makes other images, and what was skipped is told.
func TestFitIsOne(t *testing.T) {
	dataset := writeWide(t)
	seen := map[string]string{}
	for _, fit := range fit.Names() {
		c, err := Preset(dataset, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		c.Fit = fit
		p, err := c.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		data, err := p.Load(t.Context(), Output{})
		if err != nil {
			t.Fatal(err)
		}
		held, err := p.HeldOut(t.Context(), Output{})
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := json.Marshal(held.Hash()); !bytes.Equal(want, data.Hash) {
			t.Errorf("fit %q: trained on %s, evaluated on %s", fit, data.Hash, want)
		}
		if other, ok := seen[string(data.Hash)]; ok && !(fit == "crop" && other == "") {
			t.Errorf("fits %q and %q make the same images", fit, other)
		}
		seen[string(data.Hash)] = fit
		const skipped = `{"count":1,"of":4,"files":[{"file":"bad.png","why":"a file that is none of PNG, JPEG, GIF, ` +
			`BMP, WebP"}]}`
		if string(data.Skipped) != skipped {
			t.Errorf("skipped %s, want %s", data.Skipped, skipped)
		}
		if text, err := p.Config.TOML(); err != nil || bytes.Contains(text, []byte("fit")) != (fit == "pad" ||
			fit == "stretch") {
			t.Errorf("fit %q in the configuration (%v):\n%s", fit, err, text)
		}
		c.Strict = true
		if p, err = c.Resolve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Load(t.Context(), Output{}); err == nil || !strings.Contains(err.Error(), "bad.png") {
			t.Errorf("strict: error %v, want that of bad.png", err)
		}
	}
}

// TestFitIsForFolders: other data refuse it, and what has another fit isn't the same run, also of an old one.
func TestFitIsForFolders(t *testing.T) {
	for _, dataset := range []string{"mnist", "moons"} {
		c, err := Preset(dataset, "")
		if err != nil {
			t.Fatal(err)
		}
		c.Fit = "pad"
		if _, err := c.Settle(); err == nil || !strings.Contains(err.Error(), "for folders") {
			t.Errorf("%s: %v", dataset, err)
		}
	}
	c, err := Preset("folder:x", "tiny")
	if err != nil {
		t.Fatal(err)
	}
	was := c.Deciding()
	delete(was, "fit")
	if list := Changes(was, c); len(list) > 0 {
		t.Errorf("changed by nothing: %v", list)
	}
	c.Fit = "stretch"
	if list := Changes(was, c); len(list) != 1 || list[0].Key != "fit" {
		t.Errorf("changed %v, want fit", list)
	}
}
