package imaging

import (
	"context"
	"errors"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPicturesAsPillow compares pictures of every kind with what Pillow makes of them; testdata/pictures.py wrote both.
// All are equal but JPEGs: libjpeg's inverse transform rounds differently from Go's, by at most one level of luma and
// chroma, of which 1 + 1.772 make up to 3 of a colour. Repeated chroma of 4:2:0 would be up to 100 levels off here.
func TestPicturesAsPillow(t *testing.T) {
	const dir = "testdata/pictures"
	files, err := filepath.Glob(dir + "/*.*")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		want, height, width := truth(t, filepath.Join(dir, "truth", name+".png"))
		img, err := decodeFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if size := img.Bounds().Size(); size.X != width || size.Y != height {
			t.Errorf("%s has %d×%d pixels, Pillow %d×%d", name, size.X, size.Y, width, height)
			continue
		}
		got := make([]uint8, len(want))
		copyPixels(got, img, img.Bounds(), 3)
		most, squares := 0., 0.
		for i := range want {
			d := math.Abs(float64(got[i]) - float64(want[i]))
			most, squares = max(most, d), squares+d*d
		}
		rms := math.Sqrt(squares / float64(len(want)))
		if jpeg := strings.HasSuffix(name, ".jpg"); !jpeg && most > 0 || most > 3 || rms > 0.6 {
			t.Errorf("%s differs from Pillow by up to %g levels, RMS %.2f", name, most, rms)
		}
	}
}

// truth reads an ordinary RGB PNG.
func truth(t *testing.T, path string) (pixels []uint8, height, width int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			pixels = append(pixels, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
	return pixels, b.Dy(), b.Dx()
}

// TestFoundCounts: what was done to the files of a folder is counted, and said.
func TestFoundCounts(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/pictures/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	dir := write(t, map[string][]byte{"a.jpg": read("exif6.jpg"), "b.jpg": read("exif1.jpg"),
		"c.webp": read("exif3.webp"), "d.png": read("rgba.png"),
		"e.gif": read("canvas-transparent.gif"), "f.png": read("palette.png"), "g.TIF": nil, "h.tif": nil,
		"README": nil, "._a.jpg": nil,
		".DS_Store": nil, "__MACOSX/a.jpg": nil, "sub/@eaDir/a.jpg": nil, "sub/.ipynb_checkpoints/x.png": nil,
		"Thumbs.db": nil})
	d, err := Load(t.Context(), "folder:"+dir, Train, Options{Size: 4})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(d.Found.Remarks(), "\n")
	const want = "passed over: 1 .db, 2 .tif, 1 file without ending, 1 folder .ipynb_checkpoints, 1 folder @eaDir, 1 " +
		"folder __MACOSX, 2 hidden files\n" +
		"fitted: 6 pictures to 4×4 (width×height before: 6×11 to 31×26, median 23×17): 6 scaled down, 6 cropped to " +
		"the centre\n" +
		"transparent: 2 of the pictures; alpha is dropped, colours stay\nturned upright: 2 of the pictures, by their " +
		"EXIF orientation"
	if got != want || d.Len() != 6 {
		t.Errorf("%d pictures:\n%s\nwant 6:\n%s", d.Len(), got, want)
	}
}

// TestStrangeFiles: what is no picture file ends in one line that names it, at once.
func TestStrangeFiles(t *testing.T) {
	bmp := append([]byte("BM\x7e\x00\x00\x00\x00\x00\x00\x00\x3e\x00\x00\x00"+
		"\x28\x00\x00\x00\x08\x00\x00\x00\x08\x00\x00\x00\x01\x00\x08\x00"),
		make([]byte, 16)...) // sizes and resolutions
	bmp = append(bmp, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0)
	bmp = append(bmp, []byte(strings.Repeat("\xc8", 64))...) // colour 200 of 2
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"tiff.png": {[]byte("II*\x00\x08\x00\x00\x00"), "a TIFF file"}, "bmp.bmp": {bmp, "a BMP that can't be decoded"},
		"heic.jpg": {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), "a HEIC file"},
		"avif.png": {[]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), "an AVIF file"},
		"lfs.png":  {[]byte("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"},
		"page.jpg": {[]byte("\n<!DOCTYPE HTML>"), "a web page"},
		"svg.png":  {[]byte("<svg xmlns="), "an SVG"}, "zeros.gif": {make([]byte, 100), "a file of zeros"},
		"empty.bmp": {nil, "an empty file"},
		"cut.jpg":   {mustRead(t, "testdata/pictures/420.jpg")[:500], "cut off"},
		"cut.webp":  {mustRead(t, "testdata/pictures/lossy90.webp")[:100], "cut.webp"},
	} {
		dir := write(t, map[string][]byte{name: test.data})
		if _, err := LoadFolderAsIs(t.Context(), dir, 0); err == nil || !strings.Contains(err.Error(), test.says) ||
			!strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line that says %q", name, err, test.says)
		}
	}
	dir := t.TempDir()
	for name, target := range map[string]string{"zero.png": os.DevNull, "lost.png": "nowhere.png"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
		if _, err := decodeFile(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	sparse := filepath.Join(dir, "sparse.png")
	if err := os.WriteFile(sparse, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<40); err == nil {
		if _, err := decodeFile(sparse); err == nil || !strings.Contains(err.Error(), "takes at most") {
			t.Errorf("a file of a terabyte: error %v", err)
		}
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMemoryIsShared: a picture waits until there is room for it, one that needs more than all gets all, and waiting
// ends with the context.
func TestMemoryIsShared(t *testing.T) {
	path := "testdata/pictures/420.jpg"
	huge := func(image.Config) int64 { return 1 << 60 }
	err := withPicture(t.Context(), path, huge, func(*picture) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		return withPicture(ctx, path, nil, func(*picture) error { return errors.New("read without room for it") })
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the second waited", err)
	}
	if err := withPicture(t.Context(), path, huge, func(*picture) error { panic("pixels") }); err == nil ||
		!strings.Contains(err.Error(), "420.jpg") {
		t.Errorf("a panic while pixels are used: %v", err)
	}
	// all was given back
	if err := withPicture(t.Context(), path, huge, func(*picture) error { return nil }); err != nil {
		t.Error(err)
	}
}

// FuzzPicture: no file panics past decodeFile, and what is decoded is one of four kinds, opaque.
func FuzzPicture(f *testing.F) {
	for _, name := range []string{"420-tiny.jpg", "exif6.png", "exif3.webp", "canvas-transparent.gif", "palette.bmp",
		"palette4.png", "rawprofile8.png",
		"lossy-line.webp", "xmp7.jpg"} {
		data, err := os.ReadFile("testdata/pictures/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "a.png")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		img, err := decodeFile(path)
		if err != nil {
			if strings.Contains(err.Error(), "decoder panic") {
				t.Error(err)
			}
			return
		}
		switch m := img.Image.(type) {
		case *image.Gray, *image.Gray16:
		case *image.RGBA:
			if !m.Opaque() {
				t.Error("transparent pixels are left")
			}
		case *image.RGBA64:
			if !m.Opaque() {
				t.Error("transparent pixels are left")
			}
		default:
			t.Errorf("a picture of kind %T", m)
		}
	})
}
