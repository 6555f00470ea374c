package science_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/science"
)

// The file beside the tests is the one that the name stands for, and it is what becomes of a file like the package's.
func TestEmbryoFile(t *testing.T) {
	file, err := os.ReadFile("testdata/guo.csv")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != science.EmbryoSHA256 ||
		len(file) != science.EmbryoBytes {
		t.Errorf("guo.csv has %d bytes of another hash", len(file))
	}
	if got, err := science.EmbryoCSV(rdaOf(t, file)); err != nil || !bytes.Equal(got, file) {
		t.Errorf("a file made of guo.csv gives %d other bytes, error %v", len(got), err)
	}
}

// TestEmbryoPackage wants the same of Debian's package, where that is installed.
func TestEmbryoPackage(t *testing.T) {
	rda, err := os.ReadFile("/usr/lib/R/site-library/destiny/data/guo_norm.rda")
	if err != nil {
		t.Skip("needs Debian's r-bioc-destiny")
	}
	got, err := science.EmbryoCSV(rda)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("testdata/guo.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, file) {
		t.Error("the package has other cells")
	}
}

// rdaOf has the cells of a CSV in the vectors that EmbryoCSV looks for, as R writes them, big-endian: expressions cell
// by cell, then the names of the genes, then integers of each cell, of which the second are the sizes of the embryos.
func rdaOf(t *testing.T, file []byte) []byte {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(file))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	genes := []byte{16, 0, 0, 0, 48}
	for _, gene := range rows[0][1:] {
		genes = append(binary.BigEndian.AppendUint32(append(genes, 0, 4, 0, 9), uint32(len(gene))), gene...)
	}
	values, numbers, sizes := []byte{14, 0, 0, 80, 64}, []byte{13, 0, 0, 1, 172}, []byte{13, 0, 0, 1, 172}
	for i, row := range rows[1:] {
		stage, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		numbers = binary.BigEndian.AppendUint32(numbers, uint32(i+1))
		sizes = binary.BigEndian.AppendUint32(sizes, 1<<stage)
		for _, field := range row[1:] {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = binary.BigEndian.AppendUint64(values, math.Float64bits(v))
		}
	}
	return zipped(t, bytes.Join([][]byte{[]byte("RDX2\nX\n"), values, genes, numbers, sizes}, []byte{0, 0, 4, 2}))
}

func TestEmbryoOfAnotherFile(t *testing.T) {
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("time,x\n"),
		"other": zipped(t, []byte("RDX2\nX\n"))} {
		if _, err := science.EmbryoCSV(data); err == nil || !strings.Contains(err.Error(), "guo_norm.rda") ||
			strings.Contains(err.Error(), "\n") {
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
