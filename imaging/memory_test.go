package imaging

import (
	"strings"
	"testing"
)

// TestMemory: images that take more memory than there may be are refused before any is made.
func TestMemory(t *testing.T) {
	d, err := New("two", Train, make([]uint8, 2*4*4*3), nil, 4, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	const large = 1 << 14 // two images of it take 2·3·2²⁸ bytes, 1.6 GB
	if _, err := d.pad(large, 1e9); err == nil || !strings.Contains(err.Error(), "they take 1.6 GB of memory, and "+
		"there are 1 GB") {
		t.Errorf("got %v", err)
	}
	for _, most := range []int64{0, 2 * 8 * 8 * 3} {
		if padded, err := d.pad(8, most); err != nil || padded.Height != 8 {
			t.Errorf("bound %d: %v", most, err)
		}
	}
	if _, err := d.pad(8, 2*8*8*3-1); err == nil {
		t.Error("a byte too many is taken")
	}
}
