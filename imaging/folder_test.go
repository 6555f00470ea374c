package imaging

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/bmp"

	"github.com/amgen/amgen/imaging/fit"
)

// plain is an image of one colour.
func plain(w, h int, c color.Color) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	return m
}

// redWebP is a lossless red WebP of 6×4 pixels: neither the standard library nor x/image can write one.
const redWebP = "UklGRhwAAABXRUJQVlA4TA8AAAAvBcAAAAcQ/Y/+ByKi/wEA"

func encoded(t *testing.T, format string, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&buf, img)
	case "jpg":
		err = jpeg.Encode(&buf, img, &jpeg.Options{Quality: 100})
	case "gif":
		err = gif.Encode(&buf, img, nil)
	case "bmp":
		err = bmp.Encode(&buf, img)
	case "webp":
		var data []byte
		data, err = base64.StdEncoding.DecodeString(redWebP)
		buf.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// write puts files into a new folder, making subfolders as needed.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFolderFormats reads every format, in the order of paths, with upper-case extensions and other
// files beside them.
func TestFolderFormats(t *testing.T) {
	red := plain(6, 4, color.RGBA{255, 0, 0, 255})
	dir := write(t, map[string][]byte{
		"a.PNG": encoded(t, "png", red), "b/c.jpg": encoded(t, "jpg", red), "d.gif": encoded(t, "gif", red),
		"e.bmp": encoded(t, "bmp", red), "f.webp": encoded(t, "webp", nil), "notes.txt": []byte("no image"),
	})
	d, err := Load(context.Background(), "folder:"+dir, Train, Options{Size: 4})
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 5 || d.Height != 4 || d.Width != 4 || d.Channels != 3 || d.Labels != nil {
		t.Fatalf("got %d images of %d×%d×%d, labels %v", d.Len(), d.Height, d.Width, d.Channels, d.Labels)
	}
	for i := range d.Len() {
		for p := range 16 {
			px := d.Image(i)[3*p : 3*p+3]
			if px[0] < 252 || px[1] > 3 || px[2] > 3 { // JPEG rounds, even at full quality
				t.Fatalf("image %d, pixel %d is %v, want red", i, p, px)
			}
		}
	}
}

// TestFolderCrop: of a wide image only the central square counts, and an integer reduction of a
// two-coloured image keeps its halves.
func TestFolderCrop(t *testing.T) {
	m := image.NewRGBA(image.Rect(5, 5, 5+64, 5+16)) // bounds that don't begin at 0
	for y := range 16 {
		for x := range 64 {
			c := color.RGBA{0, 0, 255, 255} // blue outside the centre
			if x >= 24 && x < 32 {
				c = color.RGBA{200, 200, 200, 255}
			} else if x >= 32 && x < 40 {
				c = color.RGBA{40, 40, 40, 255}
			}
			m.Set(5+x, 5+y, c)
		}
	}
	out := make([]uint8, 4*4)
	fitInto(m, fit.Crop, 4, 1, out)
	for y := range 4 {
		row := out[4*y : 4*y+4]
		// The kernel's negative lobes overshoot beside the edge, by less than 15 of 160.
		if row[0] < 195 || row[1] < 180 || row[2] > 60 || row[3] > 45 {
			t.Errorf("row %d is %v, want two near 200 and two near 40", y, row)
		}
	}
}

func TestFolderClassesAndSplits(t *testing.T) {
	grey := func(v uint8) []byte { return encoded(t, "png", plain(3, 3, color.Gray{v})) }
	dir := write(t, map[string][]byte{
		"train/dog/1.png": grey(10), "train/cat/2.png": grey(20), "train/cat/deep/3.png": grey(30),
		"test/cat/4.png": grey(40),
	})
	d, err := Load(context.Background(), "folder:"+dir, Train, Options{Size: 2, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cat", "dog"}, d.Classes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int32{0, 0, 1}, d.Labels); diff != "" {
		t.Error(diff)
	}
	if first := []uint8{d.Images[0], d.Images[4], d.Images[8]}; !slices.Equal(first, []uint8{20, 30, 10}) {
		t.Errorf("images are in the order %v", first)
	}
	test, err := Load(context.Background(), "folder:"+dir, Test, Options{Size: 2, Channels: 1})
	if err != nil || test.Len() != 1 || test.Images[0] != 40 {
		t.Errorf("test split: %v, %v", test, err)
	}
	limited, err := Load(context.Background(), "folder:"+dir, Train, Options{Size: 2, Channels: 1, Limit: 2})
	if err != nil || limited.Len() != 2 {
		t.Errorf("limit 2: %v, %v", limited, err)
	}
}

// hugePNG claims 60000×60000 pixels in a few bytes.
func hugePNG() []byte {
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 60000), 60000)...)
	header = append(header, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

// TestFolderRefusals: each error is one line that names the file or folder at fault.
func TestFolderRefusals(t *testing.T) {
	good := encoded(t, "png", plain(3, 3, color.Black))
	tests := []struct {
		name  string
		files map[string][]byte
		split Split
		opts  Options
		says  string
	}{
		{"no image", map[string][]byte{"a.txt": nil}, Train, Options{}, "no image"},
		{"text", map[string][]byte{"a.png": good, "b.png": []byte("no image")}, Train, Options{Strict: true}, "b.png"},
		{"truncated", map[string][]byte{"a.png": good[:len(good)-20]}, Train, Options{}, "a.png"},
		{"empty", map[string][]byte{"a.png": nil}, Train, Options{}, "a.png"},
		{"huge", map[string][]byte{"a.png": hugePNG()}, Train, Options{}, "60000×60000"},
		{"no test split", map[string][]byte{"a.png": good}, Test, Options{}, "isn't divided into splits"},
		{"two channels", map[string][]byte{"a.png": good}, Train, Options{Channels: 2}, "channels"},
		{"negative size", map[string][]byte{"a.png": good}, Train, Options{Size: -1}, "size"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(context.Background(), "folder:"+write(t, test.files), test.split, test.opts)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line that says %q", err, test.says)
			}
		})
	}
	for _, name := range []string{"folder:", "folder:/nowhere/at/all", "folder:folder_test.go"} {
		if _, err := Load(context.Background(), name, Train, Options{}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Load(cancelled, "folder:"+write(t, map[string][]byte{"a.png": good}), Train,
		Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
