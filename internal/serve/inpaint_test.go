package serve

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/eval/arrayfile"
	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/edit"
)

// TestFill: a page fills in the bits that the library does, keeps what isn't painted, and gives back image and mask.
func TestFill(t *testing.T) {
	const side = 28
	levels, mask := make([]byte, side*side), make([]byte, side*side)
	part := known.Pixels{Levels: levels, Fill: make([]bool, side*side)}
	for i := range levels {
		levels[i] = byte(i % 251)
		if i%side < side/2 {
			mask[i], part.Fill[i] = 1, true
		}
	}
	_, address := site(t, t.TempDir(), Options{})
	type can struct {
		Fills          bool
		Size, Channels int
	}
	if got := get[can](t, address+"/api/source?model=mnist"); got != (can{true, side, 1}) {
		t.Errorf("a page is told %+v", got)
	}
	text := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	status, words := post(t.Context(), t, address, fmt.Sprintf(
		`{"model":"mnist","n":2,"seed":"5","steps":1,"class":"3","guidance":0.5,"image":%q,"mask":%q}`, text(levels),
		text(mask)))
	said := words[len(words)-1]
	if status != http.StatusOK || said.ID == "" {
		t.Fatal(status, words)
	}
	if got := strings.Join(said.Command, " "); got != "amgen edit inpaint --model mnist --class 3 --seed 5 --steps 1 "+
		"--guidance 0.5 -n 2 --image image.png --mask mask.png -o filled.npz" {
		t.Error(got)
	}
	fetch := func(form string) []byte {
		answer, err := http.Get(address + "/api/drawn?form=" + form + "&id=" + said.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		data, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(form, answer.Status, err)
		}
		return data
	}
	for form, want := range map[string]func(i int) byte{"image": func(i int) byte { return levels[i] },
		"mask": func(i int) byte { return 255 * mask[i] }, "first": func(i int) byte { return levels[i] }} {
		picture, err := png.Decode(bytes.NewReader(fetch(form)))
		if err != nil || picture.Bounds().Dx() != side || picture.Bounds().Dy() != side {
			t.Fatal(form, picture.Bounds(), err)
		}
		for i := range levels {
			if form == "first" && part.Fill[i] {
				continue
			}
			if r, _, _, _ := picture.At(i%side, i/side).RGBA(); byte(r>>8) != want(i) {
				t.Fatalf("%s: pixel %d is %d, want %d", form, i, r>>8, want(i))
			}
		}
	}
	m, err := models.Named("mnist")
	if err != nil {
		t.Fatal(err)
	}
	trained, err := m.Find(t.Context(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := trained.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o := edit.Options{N: 2, Seed: 5, Classes: []int32{3}, Restoration: known.Restoration{Steps: 1}}
	o.Guidance.Weight = 0.5
	samples, err := edit.Restore(t.Context(), r, func(int) known.Known { return part }, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "filled.npz")
	if err := samples.WriteNPZ(path, arrayfile.PixelComment+arrayfile.SignedPixels.Text()); err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(fetch("npz"), want) {
		t.Errorf("the bits aren't those of the library: %v", err)
	}
}

// TestFillRefuses: what can't be filled in is said in a line.
func TestFillRefuses(t *testing.T) {
	_, address := site(t, runsFolder(t), Options{})
	image := base64.StdEncoding.EncodeToString(make([]byte, 28*28))
	white := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 28*28))
	for ask, want := range map[string]string{
		fmt.Sprintf(`{"model":"mnist","n":1,"image":%q,"mask":%q}`, image, image):             "nothing is to be filled in",
		fmt.Sprintf(`{"model":"mnist","n":1,"image":%q,"mask":%q}`, image, white):             "nothing of the image is kept",
		fmt.Sprintf(`{"model":"mnist","n":1,"image":"AAAA","mask":%q}`, white):                "an image of 3 bytes",
		fmt.Sprintf(`{"model":"mnist","n":1,"mask":%q}`, white):                               "an image of 0 bytes",
		fmt.Sprintf(`{"run":"first","n":1,"image":%q,"mask":%q}`, image, white):               "which has points",
		fmt.Sprintf(`{"run":"../first","n":1,"image":%q,"mask":%q}`, image, white):            "no run of that name",
		fmt.Sprintf(`{"model":"mnist","n":300,"image":%q,"mask":%q}`, image, white):           "ask for 1 to 256 samples",
		fmt.Sprintf(`{"model":"mnist","n":1,"class":"x","image":%q,"mask":%q}`, image, white): "no class",
	} {
		if status, words := post(t.Context(), t, address, ask); status != http.StatusOK || len(words) == 0 ||
			!strings.Contains(words[len(words)-1].Error, want) {
			t.Errorf("status %d, %+v, want %q", status, words, want)
		}
	}
}
