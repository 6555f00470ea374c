package science_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/science"
)

// The file beside the tests is the one that the name stands for, and it is what becomes of Debian's package where that is
// installed.
func TestEmbryoFile(t *testing.T) {
	file, err := os.ReadFile("testdata/guo.csv")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != science.EmbryoSHA256 || len(file) != science.EmbryoBytes {
		t.Errorf("guo.csv has %d bytes of another hash", len(file))
	}
	rda, err := os.ReadFile("/usr/lib/R/site-library/destiny/data/guo_norm.rda")
	if err != nil {
		t.Skip("needs Debian's r-bioc-destiny")
	}
	got, err := science.EmbryoCSV(rda)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, file) {
		t.Error("the package has other cells")
	}
}

func TestEmbryoOfAnotherFile(t *testing.T) {
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("time,x\n"), "other": zipped(t, []byte("RDX2\nX\n"))} {
		if _, err := science.EmbryoCSV(data); err == nil || !strings.Contains(err.Error(), "guo_norm.rda") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever a file holds, it is refused in one line unless it is the package's.
func FuzzEmbryo(f *testing.F) {
	genes := append([]byte{16, 0, 0, 0, 48}, bytes.Repeat([]byte{0, 4, 0, 9, 0, 0, 0, 1, 'g'}, 48)...)
	cells := append([]byte{13, 0, 0, 1, 172}, bytes.Repeat([]byte{0, 0, 0, 2}, 428)...)
	values := append([]byte{14, 0, 0, 80, 64}, make([]byte, 8*48*428)...)
	f.Add(bytes.Join([][]byte{values, genes, cells}, nil))
	f.Add(values)
	f.Add(bytes.Join([][]byte{values, genes[:20], {0xff, 0xff, 0xff, 0xff}, cells}, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := science.EmbryoCSV(zipped(t, data)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v", err)
		}
	})
}
