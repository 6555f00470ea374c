package imaging

import (
	"slices"
	"testing"

	"github.com/amgen/amgen/internal/damage"
)

// TestDamagedData: the formats of data sets have no checksum. What the header tells must be refused or fit; a flipped
// pixel or label is another one, which the hashes of the cache know (TestDamagedBits in internal/fetch).
func TestDamagedData(t *testing.T) {
	images := idx(slices.Repeat([]uint8{0, 255, 7, 128}, 48), 12, 4, 4)
	damage.File{Name: "IDX", Data: images, Open: func(at int) bool { return at >= 16 },
		Read: func(data []byte) (any, error) { return ParseIDX(data) }}.Check(t)
	large := idx(make([]uint8, 1<<20), 1<<10, 1<<5, 1<<5)
	damage.File{Name: "IDX, larger", Data: large, Open: func(at int) bool { return at >= 16 }, Trials: 300,
		Read: func(data []byte) (any, error) { return ParseIDX(data) }}.Check(t)
	damage.File{Name: "CIFAR binary", Data: cifarFixture(1, 0), Open: func(int) bool { return true },
		Read: func(data []byte) (any, error) {
			type content struct {
				images []uint8
				labels []int32
			}
			images, labels, err := ParseCIFAR10(data)
			return content{images, labels}, err
		}}.Check(t)
}
