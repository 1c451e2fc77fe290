package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;

import org.junit.jupiter.api.Test;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceKind;

class DevicesTest {

    @Test
    void gpusThatCannotBeCountedAreNotPassedOver() {
        assertEquals(0, Devices.counted(false, 0));
        assertEquals(3, Devices.counted(true, 3));
        var e = assertThrows(UsageException.class, () -> Devices.counted(true, 0));
        assertTrue(e.getMessage().contains("-Djna.library.path"), e.getMessage());
    }

    @Test
    void aGpuThatIsAskedForAndNotThereIsAnErrorThatSaysWhy() {
        assumeTrue(Devices.gpus() == 0, "there is a GPU");
        assertEquals(Device.cpu(), Devices.of(DeviceKind.AUTO, "--device"));
        var e = assertThrows(UsageException.class, () -> Devices.of(DeviceKind.CUDA, "--device"));
        assertTrue(e.getMessage().startsWith("--device: "), e.getMessage());
        assertTrue(e.getMessage().contains(Devices.whyNone()), e.getMessage());
    }
}
