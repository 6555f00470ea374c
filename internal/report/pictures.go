package report

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// Bounds on the pictures of a run: bytes of all together, and pixels of one.
const (
	pictureBytes = 3 << 19 // base64 makes them a third more
	mostPixels   = 32 << 20
)

// picture is one that was drawn while a run trained, as part of the page.
type picture struct {
	Step          string
	Width, Height int
	Source        template.URL // data:
}

// preview is a picture in the folder of a run.
type preview struct {
	step int
	file string
}

// previews are the pictures of a run whose names are those of amgen, by their steps. Links aren't followed.
func previews(dir run.Dir) (list []preview) {
	entries, err := os.ReadDir(dir.File(run.SamplesName))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if step, ok := run.PreviewStep(e.Name()); ok && e.Type().IsRegular() {
			list = append(list, preview{step, filepath.Join(dir.File(run.SamplesName), e.Name())})
		}
	}
	slices.SortFunc(list, func(a, b preview) int { return cmp.Compare(a.step, b.step) })
	return list
}

// pictures are the first, the middle and the newest of a run, as far as they are whole and fit into the page. The
// sentences say what was left out.
func pictures(dir run.Dir) (list []picture, left []string) {
	all := previews(dir)
	if len(all) == 0 {
		return nil, nil
	}
	room := int64(pictureBytes)
	chosen := []int{len(all) - 1, 0, (len(all) - 1) / 2} // by what matters most
	slices.Sort(chosen[1:])
	chosen = slices.Compact(chosen)
	shown := map[int]picture{}
	for _, k := range chosen {
		p, size, err := readPicture(all[k].file, room)
		if err != nil {
			left = append(left, fmt.Sprintf("The picture of step %s is left out: %s.", count(int64(all[k].step)), err))
			continue
		}
		p.Step = count(int64(all[k].step))
		shown[k], room = p, room-size
	}
	for k := range all {
		if p, ok := shown[k]; ok {
			list = append(list, p)
		}
	}
	return list, left
}

// readPicture reads a PNG that has at most so many bytes, and decodes it: a browser shows nothing of a damaged one.
func readPicture(file string, room int64) (p picture, size int64, err error) {
	info, err := os.Lstat(file)
	switch {
	case err != nil:
		return p, 0, errors.New("it can't be read")
	case !info.Mode().IsRegular():
		return p, 0, fmt.Errorf("it is %s", replace.Kind(info.Mode()))
	case info.Size() > room:
		return p, 0, fmt.Errorf("it has %d kB, and the pictures of a run may have %d kB together", info.Size()>>10,
			pictureBytes>>10)
	}
	data, err := replace.ReadRegular(file, room)
	if err != nil {
		return p, 0, errors.New("it can't be read")
	}
	header, err := png.DecodeConfig(bytes.NewReader(data))
	if err == nil && header.Width*header.Height > mostPixels {
		return p, 0, fmt.Errorf("it has %d by %d pixels", header.Width, header.Height)
	}
	if err == nil {
		_, err = png.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return p, 0, errors.New("it is damaged")
	}
	p.Width, p.Height = header.Width, header.Height
	// base64 has nothing that HTML would read
	p.Source = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(data))
	return p, int64(len(data)), nil
}
