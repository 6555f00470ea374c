package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// idx builds an IDX file of unsigned bytes.
func idx(data []uint8, dims ...int) []byte {
	out := []byte{0, 0, idxUint8, byte(len(dims))}
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, uint32(d))
	}
	return append(out, data...)
}

func TestParseIDX(t *testing.T) {
	got, err := ParseIDX(idx([]uint8{1, 2, 3, 4, 5, 6}, 1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(IDX{Dims: []int{1, 2, 3}, Data: []uint8{1, 2, 3, 4, 5, 6}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseIDXErrors(t *testing.T) {
	const huge = math.MaxUint32
	tests := []struct {
		name string
		data []byte
		says string
	}{
		{"empty", nil, "0 bytes"},
		{"three bytes", []byte{0, 0, 8}, "3 bytes"},
		{"gzip", []byte{0x1f, 0x8b, 8, 0, 0}, "gunzip"},
		{"magic", []byte("PNG\x00\x00\x00"), "magic"},
		{"floats", append([]byte{0, 0, 0x0d, 1}, 0, 0, 0, 1, 0, 0, 0, 0), "type"},
		{"rank 0", []byte{0, 0, 8, 0}, "rank"},
		{"rank 255", append([]byte{0, 0, 8, 255}, make([]byte, 2000)...), "rank"},
		{"header cut", idx(nil, 1, 2)[:9], "header"},
		{"truncated", idx(make([]uint8, 11), 3, 4), "truncated"},
		{"too long", idx(make([]uint8, 13), 3, 4), "want 12"},
		{"no images", idx(nil, 0, 28, 28), "lies"},
		{"one lie", idx([]uint8{1}, huge), "lies"},
		{"product overflows 64 bits to 0", idx(nil, 1<<31, 1<<31, 4), "lies"},
		{"product overflows 64 bits to 1", idx([]uint8{1}, huge, huge, huge, huge), "lies"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseIDX(test.data)
			if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want ErrFormat that says %q", err, test.says)
			}
		})
	}
}

// TestIDXDamage cuts a small file everywhere and flips each bit of its header: an error, unless only
// the partition into dimensions changed, which the caller's check of rank and sides sees.
func TestIDXDamage(t *testing.T) {
	good := idx([]uint8{1, 2, 3, 4, 5, 6}, 2, 3)
	for n := range good {
		if _, err := ParseIDX(good[:n]); err == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
	for bit := range 8 * 12 {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		if got, err := ParseIDX(bad); err == nil {
			t.Errorf("bit %d flipped: got dimensions %v without an error", bit, got.Dims)
		}
	}
}

func FuzzIDX(f *testing.F) {
	f.Add(idx([]uint8{1, 2, 3, 4, 5, 6}, 1, 2, 3))
	f.Add(idx([]uint8{7}, 1))
	f.Add(idx(nil, 1<<31, 1<<31, 4))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseIDX(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v isn't ErrFormat", err)
			}
			return
		}
		if !bytes.Equal(idx(got.Data, got.Dims...), data) {
			t.Fatal("what was parsed doesn't make the same file again")
		}
	})
}
