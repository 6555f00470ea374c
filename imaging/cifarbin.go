package imaging

import "fmt"

const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarRecord = 1 + 3*cifarPlane // label, red plane, green plane, blue plane
)

// ParseCIFAR10 reads one file of CIFAR-10's binary version: records of 3073 bytes, a label 0…9 and
// then the red, green and blue planes, 32×32 each, row-major. The images come back interleaved, NHWC.
// Errors wrap [ErrFormat].
func ParseCIFAR10(data []byte) (images []uint8, labels []int32, err error) {
	if len(data) == 0 || len(data)%cifarRecord != 0 {
		return nil, nil, fmt.Errorf("imaging: %w: CIFAR-10 binary file, got %d bytes; want a positive multiple of "+
			"%d, fetch it again", ErrFormat,
			len(data), cifarRecord)
	}
	n := len(data) / cifarRecord
	images = make([]uint8, n*3*cifarPlane)
	labels = make([]int32, n)
	for i := range n {
		record := data[i*cifarRecord : (i+1)*cifarRecord]
		if record[0] > 9 {
			return nil, nil, fmt.Errorf("imaging: %w: CIFAR-10 label of record %d, got %d; want 0 to 9, fetch the "+
				"file again", ErrFormat,
				i, record[0])
		}
		labels[i] = int32(record[0])
		red, green, blue := record[1:1+cifarPlane], record[1+cifarPlane:1+2*cifarPlane], record[1+2*cifarPlane:]
		out := images[i*3*cifarPlane : (i+1)*3*cifarPlane]
		for p := range cifarPlane {
			out[3*p], out[3*p+1], out[3*p+2] = red[p], green[p], blue[p]
		}
	}
	return images, labels, nil
}
