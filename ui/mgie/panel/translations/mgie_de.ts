<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>mgie</name>
    <message numerus="yes">
        <source>%n results are not placed yet.</source>
        <translation>
            <numerusform>%n Ergebnis ist noch nicht eingesetzt.</numerusform>
            <numerusform>%n Ergebnisse sind noch nicht eingesetzt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n variations</source>
        <translation>
            <numerusform>%n Variante</numerusform>
            <numerusform>%n Varianten</numerusform>
        </translation>
    </message>
    <message>
        <source>A result that could not be placed</source>
        <translation>Ein Ergebnis, das nicht eingesetzt werden konnte</translation>
    </message>
    <message>
        <source>A setting is out of range.</source>
        <translation>Eine Einstellung liegt außerhalb ihres Bereichs.</translation>
    </message>
    <message>
        <source>About {percent} % likely</source>
        <translation>Zu etwa {percent} % wahrscheinlich</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>Aktionen</translation>
    </message>
    <message>
        <source>Add all saved selections</source>
        <translation>Alle gespeicherten Auswahlen hinzufügen</translation>
    </message>
    <message>
        <source>Add regions</source>
        <translation>Bereiche hinzufügen</translation>
    </message>
    <message>
        <source>Add selection</source>
        <translation>Auswahl hinzufügen</translation>
    </message>
    <message>
        <source>Add the current selection as a region with its own instruction (Ctrl+Shift+A)</source>
        <translation>Die aktuelle Auswahl als Bereich mit eigener Anweisung hinzufügen (Strg+Umschalt+A)</translation>
    </message>
    <message>
        <source>All visible layers</source>
        <translation>Alle Ebenen</translation>
    </message>
    <message>
        <source>Ask its owner for the fingerprint that “mgie status” prints there.</source>
        <translation>Fragen Sie den Betreiber nach dem Fingerabdruck, den „mgie status“ dort ausgibt.</translation>
    </message>
    <message>
        <source>Back to the model&apos;s words</source>
        <translation>Zurück zum Text des Modells</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Backend</translation>
    </message>
    <message>
        <source>Backend lost; reconnecting automatically</source>
        <translation>Verbindung zum Backend verloren; wird automatisch neu verbunden</translation>
    </message>
    <message>
        <source>Backend not running</source>
        <translation>Backend läuft nicht</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>Beyond this model; nothing was changed</source>
        <translation>Nicht möglich; nichts wurde geändert</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Cannot be edited as it is</source>
        <translation>So nicht bearbeitbar</translation>
    </message>
    <message>
        <source>Choose a name that ends in .png, .jpg, .tif or .webp.</source>
        <translation>Wählen Sie einen Namen mit der Endung .png, .jpg, .tif oder .webp.</translation>
    </message>
    <message>
        <source>Choose a preset.</source>
        <translation>Wählen Sie eine Voreinstellung.</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>Clear list</source>
        <translation>Liste leeren</translation>
    </message>
    <message>
        <source>Click to preview, double-click to place</source>
        <translation>Klicken für die Vorschau, doppelklicken zum Einsetzen</translation>
    </message>
    <message>
        <source>Close its open dialogs, then try again.</source>
        <translation>Schließen Sie dort offene Dialoge und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Close other programs that use the graphics card, or make fewer variations.</source>
        <translation>Schließen Sie andere Programme, die die Grafikkarte nutzen, oder erzeugen Sie weniger Varianten.</translation>
    </message>
    <message>
        <source>Close the panel and open it again from the menu.</source>
        <translation>Schließen Sie das Panel und öffnen Sie es über das Menü erneut.</translation>
    </message>
    <message>
        <source>Connection lost; reconnecting automatically. The edit continues</source>
        <translation>Verbindung verloren; wird automatisch neu verbunden. Die Bearbeitung läuft weiter</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Fortfahren</translation>
    </message>
    <message>
        <source>Continue with your text</source>
        <translation>Mit Ihrem Text fortfahren</translation>
    </message>
    <message>
        <source>Convert it to RGB or grayscale, then try again.</source>
        <translation>Wandeln Sie es in RGB oder Graustufen um und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Declined</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>Dokument</translation>
    </message>
    <message>
        <source>Document to edit</source>
        <translation>Zu bearbeitendes Dokument</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Done, but not placed: kept below</source>
        <translation>Nicht eingesetzt; unten aufbewahrt</translation>
    </message>
    <message>
        <source>Done: choose a variation to place</source>
        <translation>Fertig: Variante zum Einsetzen wählen</translation>
    </message>
    <message>
        <source>Done: placed as a new layer</source>
        <translation>Fertig: als neue Ebene eingesetzt</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>Entwurf</translation>
    </message>
    <message>
        <source>Earlier instructions</source>
        <translation>Frühere Anweisungen</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message numerus="yes">
        <source>Edit %n regions</source>
        <translation>
            <numerusform>%n Bereich bearbeiten</numerusform>
            <numerusform>%n Bereiche bearbeiten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Edit %n regions again</source>
        <translation>
            <numerusform>%n Bereich erneut bearbeiten</numerusform>
            <numerusform>%n Bereiche erneut bearbeiten</numerusform>
        </translation>
    </message>
    <message>
        <source>Edit 1 region</source>
        <translation>1 Bereich bearbeiten</translation>
    </message>
    <message>
        <source>Edit 1 region again</source>
        <translation>1 Bereich erneut bearbeiten</translation>
    </message>
    <message>
        <source>Edit layer</source>
        <translation>Ebene bearbeiten</translation>
    </message>
    <message>
        <source>Edit picture</source>
        <translation>Bild bearbeiten</translation>
    </message>
    <message>
        <source>Edit selection</source>
        <translation>Auswahl bearbeiten</translation>
    </message>
    <message>
        <source>Edit what you see, or only the active layer</source>
        <translation>Bearbeiten, was zu sehen ist, oder nur die aktive Ebene</translation>
    </message>
    <message>
        <source>Edit with an instruction</source>
        <translation>Mit einer Anweisung bearbeiten</translation>
    </message>
    <message>
        <source>Edit with your text</source>
        <translation>Mit Ihrem Text bearbeiten</translation>
    </message>
    <message>
        <source>Stop now and keep the picture as it is so far (Ctrl+K)</source>
        <translation>Jetzt beenden und das bisherige Bild behalten (Strg+K)</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Failed; nothing was changed</source>
        <translation>Fehlgeschlagen; nichts wurde geändert</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Finishing at full resolution</source>
        <translation>Wird in voller Auflösung fertiggestellt</translation>
    </message>
    <message>
        <source>Free some space, then try again.</source>
        <translation>Geben Sie Speicherplatz frei und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Here the model writes what the instruction means in this picture. You can correct it.</source>
        <translation>Hier schreibt das Modell, was die Anweisung in diesem Bild bedeutet. Sie können es korrigieren.</translation>
    </message>
    <message>
        <source>How closely the picture is kept; 1 switches this guidance off.</source>
        <translation>Wie genau das Bild erhalten bleibt; 1 schaltet diese Führung ab.</translation>
    </message>
    <message>
        <source>How closely the words are followed.</source>
        <translation>Wie genau den Worten gefolgt wird.</translation>
    </message>
    <message>
        <source>How closely the words are followed; 1 switches this guidance off and is twice as fast.</source>
        <translation>Wie genau den Worten gefolgt wird; 1 schaltet diese Führung ab und ist doppelt so schnell.</translation>
    </message>
    <message>
        <source>How closely the words are followed; 1 switches this guidance off.</source>
        <translation>Wie genau den Worten gefolgt wird; 1 schaltet diese Führung ab.</translation>
    </message>
    <message>
        <source>How many variations to make</source>
        <translation>Wie viele Varianten erzeugt werden</translation>
    </message>
    <message>
        <source>How noise is removed: euler_a as published, the others in fewer steps.</source>
        <translation>Wie Rauschen entfernt wird: euler_a wie veröffentlicht, die anderen in weniger Schritten.</translation>
    </message>
    <message>
        <source>How often noise is removed: more steps take longer and add detail.</source>
        <translation>Wie oft Rauschen entfernt wird: Mehr Schritte dauern länger und bringen mehr Details.</translation>
    </message>
    <message>
        <source>How strongly the picture may change</source>
        <translation>Wie stark sich das Bild ändern darf</translation>
    </message>
    <message>
        <source>Install the model again.</source>
        <translation>Installieren Sie das Modell erneut.</translation>
    </message>
    <message>
        <source>Instruction</source>
        <translation>Anweisung</translation>
    </message>
    <message>
        <source>Instruction for this region</source>
        <translation>Anweisung für diesen Bereich</translation>
    </message>
    <message>
        <source>Keep as files</source>
        <translation>Als Dateien behalten</translation>
    </message>
    <message>
        <source>Keep original</source>
        <translation>Original erhalten</translation>
    </message>
    <message>
        <source>Keep them as picture files, or discard them?</source>
        <translation>Als Bilddateien behalten oder verwerfen?</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Ebenen</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Modell wird geladen</translation>
    </message>
    <message>
        <source>Loading {model}</source>
        <translation>{model} wird geladen</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>Festhalten</translation>
    </message>
    <message>
        <source>Lock the seed</source>
        <translation>Startwert festhalten</translation>
    </message>
    <message>
        <source>Look at these variations again and place one</source>
        <translation>Diese Varianten noch einmal ansehen und eine einsetzen</translation>
    </message>
    <message>
        <source>Looking at the picture and writing</source>
        <translation>Betrachtet das Bild und schreibt</translation>
    </message>
    <message>
        <source>Looking for the backend</source>
        <translation>Backend wird gesucht</translation>
    </message>
    <message>
        <source>MGIE</source>
        <translation>MGIE</translation>
    </message>
    <message numerus="yes">
        <source>Make %n variations</source>
        <translation>
            <numerusform>%n Variante erzeugen</numerusform>
            <numerusform>%n Varianten erzeugen</numerusform>
        </translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>More settings</source>
        <translation>Weitere Einstellungen</translation>
    </message>
    <message>
        <source>No picture open</source>
        <translation>Kein Bild geöffnet</translation>
    </message>
    <message>
        <source>None of these</source>
        <translation>Keine davon</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Hinweise</translation>
    </message>
    <message>
        <source>Nothing is selected.</source>
        <translation>Nichts ist ausgewählt.</translation>
    </message>
    <message>
        <source>Nothing was changed. Update MGIE so that the panel and the backend have the same version.</source>
        <translation>Nichts wurde geändert. Aktualisieren Sie MGIE, damit Panel und Backend dieselbe Version haben.</translation>
    </message>
    <message>
        <source>One result</source>
        <translation>1 Ergebnis</translation>
    </message>
    <message>
        <source>One result is not placed yet.</source>
        <translation>Ein Ergebnis ist noch nicht eingesetzt.</translation>
    </message>
    <message>
        <source>Open a picture first.</source>
        <translation>Öffnen Sie zuerst ein Bild.</translation>
    </message>
    <message>
        <source>Open a picture in {host}.</source>
        <translation>Öffnen Sie ein Bild in {host}.</translation>
    </message>
    <message>
        <source>Open it again and place the result, or save it as a file.</source>
        <translation>Öffnen Sie es erneut und setzen Sie das Ergebnis ein, oder speichern Sie es als Datei.</translation>
    </message>
    <message>
        <source>Open pictures</source>
        <translation>Bilder öffnen</translation>
    </message>
    <message>
        <source>Open the panel again from its menu; results are kept here.</source>
        <translation>Öffnen Sie das Panel über sein Menü erneut; Ergebnisse bleiben hier erhalten.</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>Other results of “{words}”</source>
        <translation>Weitere von „{words}“</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>Eigene Einstellungen</translation>
    </message>
    <message>
        <source>Painting</source>
        <translation>Malt</translation>
    </message>
    <message>
        <source>Painting program</source>
        <translation>Malprogramm</translation>
    </message>
    <message>
        <source>Part of the document</source>
        <translation>Teil des Dokuments</translation>
    </message>
    <message>
        <source>Pause before painting</source>
        <translation>Vor dem Malen anhalten</translation>
    </message>
    <message>
        <source>Pause when the words are written, so that you can correct them before painting (Ctrl+H)</source>
        <translation>Anhalten, sobald der Text geschrieben ist, damit Sie ihn vor dem Malen korrigieren können (Strg+H)</translation>
    </message>
    <message>
        <source>Picture of what will be edited</source>
        <translation>Bild dessen, was bearbeitet wird</translation>
    </message>
    <message>
        <source>Pictures cannot be saved under a name with this ending.</source>
        <translation>Unter einem Namen mit dieser Endung können keine Bilder gespeichert werden.</translation>
    </message>
    <message>
        <source>Pictures of this colour model cannot be edited.</source>
        <translation>Bilder dieses Farbmodells können nicht bearbeitet werden.</translation>
    </message>
    <message>
        <source>Place again</source>
        <translation>Erneut einsetzen</translation>
    </message>
    <message>
        <source>Place here</source>
        <translation>Hier einsetzen</translation>
    </message>
    <message>
        <source>Place it in the document it was made for</source>
        <translation>In das Dokument einsetzen, für das es gemacht wurde</translation>
    </message>
    <message>
        <source>Place it in the document that is open now</source>
        <translation>In das jetzt geöffnete Dokument einsetzen</translation>
    </message>
    <message>
        <source>Place none of them; the picture stays as it is</source>
        <translation>Keine davon einsetzen; das Bild bleibt, wie es ist</translation>
    </message>
    <message>
        <source>Place the result where you want it, or save it as a file.</source>
        <translation>Setzen Sie das Ergebnis ein, wo Sie es haben möchten, oder speichern Sie es als Datei.</translation>
    </message>
    <message numerus="yes">
        <source>Place variation %n</source>
        <translation>
            <numerusform>Variante %n einsetzen</numerusform>
            <numerusform>Variante %n einsetzen</numerusform>
        </translation>
    </message>
    <message>
        <source>Placing the new layer</source>
        <translation>Neue Ebene wird eingesetzt</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Voreinstellung</translation>
    </message>
    <message>
        <source>Press Edit to make it again.</source>
        <translation>Drücken Sie auf „Bearbeiten“, um sie zu wiederholen.</translation>
    </message>
    <message>
        <source>Press “Start again”; “mgie doctor” finds the cause.</source>
        <translation>Drücken Sie „Neu starten“; „mgie doctor“ findet die Ursache.</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Program and pixel format</source>
        <translation>Programm und Pixelformat</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Progress of the edit</source>
        <translation>Fortschritt der Bearbeitung</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>Frage</translation>
    </message>
    <message>
        <source>Reading the picture</source>
        <translation>Bild wird gelesen</translation>
    </message>
    <message>
        <source>Reconnecting automatically; your words are kept.</source>
        <translation>Wird automatisch neu verbunden; Ihr Text bleibt erhalten.</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Bereich</translation>
    </message>
    <message>
        <source>Regions</source>
        <translation>Bereiche</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>Aus der Liste entfernen</translation>
    </message>
    <message>
        <source>Results not placed yet</source>
        <translation>Ergebnisse noch nicht eingesetzt</translation>
    </message>
    <message>
        <source>Results that could not be placed</source>
        <translation>Ergebnisse, die nicht eingesetzt werden konnten</translation>
    </message>
    <message>
        <source>Run “mgie install” again and restart the painting program.</source>
        <translation>Führen Sie „mgie install“ erneut aus und starten Sie das Malprogramm neu.</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Sampler</translation>
    </message>
    <message>
        <source>Save a copy</source>
        <translation>Kopie speichern</translation>
    </message>
    <message>
        <source>Save a selection as a channel or mask first.</source>
        <translation>Speichern Sie zuerst eine Auswahl als Kanal oder Maske.</translation>
    </message>
    <message>
        <source>Save as a file</source>
        <translation>Als Datei speichern</translation>
    </message>
    <message>
        <source>Save the result</source>
        <translation>Ergebnis speichern</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>Select a layer and try again.</source>
        <translation>Wählen Sie eine Ebene und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Select a part of the picture, then add it.</source>
        <translation>Wählen Sie einen Teil des Bildes aus und fügen Sie ihn dann hinzu.</translation>
    </message>
    <message>
        <source>Select a smaller part, or scale it down first.</source>
        <translation>Wählen Sie einen kleineren Teil aus, oder skalieren Sie es zuerst kleiner.</translation>
    </message>
    <message>
        <source>Select a smaller part.</source>
        <translation>Wählen Sie einen kleineren Teil aus.</translation>
    </message>
    <message>
        <source>Select the area again.</source>
        <translation>Wählen Sie den Bereich erneut aus.</translation>
    </message>
    <message>
        <source>Select what should change, or select nothing at all.</source>
        <translation>Wählen Sie aus, was sich ändern soll, oder wählen Sie gar nichts aus.</translation>
    </message>
    <message>
        <source>Selection</source>
        <translation>Auswahl</translation>
    </message>
    <message>
        <source>Selection {size}</source>
        <translation>Auswahl {size}</translation>
    </message>
    <message>
        <source>Sending the picture</source>
        <translation>Bild wird gesendet</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Neu starten</translation>
    </message>
    <message>
        <source>Start the backend again</source>
        <translation>Das Backend neu starten</translation>
    </message>
    <message>
        <source>Starting the backend</source>
        <translation>Backend wird gestartet</translation>
    </message>
    <message>
        <source>State of the backend</source>
        <translation>Zustand des Backends</translation>
    </message>
    <message>
        <source>Status of the region</source>
        <translation>Status des Bereichs</translation>
    </message>
    <message>
        <source>Step {step} of {steps}</source>
        <translation>Schritt {step} von {steps}</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>Beenden und behalten</translation>
    </message>
    <message>
        <source>Stop; nothing is changed (Esc)</source>
        <translation>Abbrechen; nichts wird geändert (Esc)</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Stopped; nothing was changed</source>
        <translation>Abgebrochen; nichts wurde geändert</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Wird beendet</translation>
    </message>
    <message>
        <source>Stopping after the current step.</source>
        <translation>Wird nach dem laufenden Schritt beendet.</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>Stärke</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>Stark</translation>
    </message>
    <message>
        <source>Subtle</source>
        <translation>Dezent</translation>
    </message>
    <message>
        <source>The active layer</source>
        <translation>Aktive Ebene</translation>
    </message>
    <message>
        <source>The active layer is in a hidden group. Show the group, or edit all visible layers.</source>
        <translation>Die aktive Ebene liegt in einer ausgeblendeten Gruppe. Blenden Sie die Gruppe ein, oder bearbeiten Sie alle sichtbaren Ebenen.</translation>
    </message>
    <message>
        <source>The active layer is in a locked group. Unlock the group, or edit all visible layers.</source>
        <translation>Die aktive Ebene liegt in einer gesperrten Gruppe. Entsperren Sie die Gruppe, oder bearbeiten Sie alle sichtbaren Ebenen.</translation>
    </message>
    <message>
        <source>The backend could not be started.</source>
        <translation>Das Backend konnte nicht gestartet werden.</translation>
    </message>
    <message>
        <source>The backend does not answer.</source>
        <translation>Das Backend antwortet nicht.</translation>
    </message>
    <message>
        <source>The backend failed on this edit.</source>
        <translation>Das Backend ist an dieser Bearbeitung gescheitert.</translation>
    </message>
    <message>
        <source>The backend is busy.</source>
        <translation>Das Backend ist ausgelastet.</translation>
    </message>
    <message>
        <source>The backend is not running; start it below.</source>
        <translation>Das Backend läuft nicht; starten Sie es unten.</translation>
    </message>
    <message>
        <source>The backend no longer knows this edit.</source>
        <translation>Das Backend kennt diese Bearbeitung nicht mehr.</translation>
    </message>
    <message>
        <source>The backend refused this panel.</source>
        <translation>Das Backend hat dieses Panel abgewiesen.</translation>
    </message>
    <message>
        <source>The backend&apos;s certificate is not the one you trusted.</source>
        <translation>Das Zertifikat des Backends ist nicht das, dem Sie vertraut haben.</translation>
    </message>
    <message>
        <source>The backend was restarted during the edit.</source>
        <translation>Das Backend wurde während der Bearbeitung neu gestartet.</translation>
    </message>
    <message>
        <source>The backend&apos;s answer does not fit this document.</source>
        <translation>Die Antwort des Backends passt nicht zu diesem Dokument.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Der Datenträger ist voll.</translation>
    </message>
    <message>
        <source>The document to edit</source>
        <translation>Das zu bearbeitende Dokument</translation>
    </message>
    <message>
        <source>The document was closed.</source>
        <translation>Das Dokument wurde geschlossen.</translation>
    </message>
    <message>
        <source>The document&apos;s colour format has changed since.</source>
        <translation>Das Farbformat des Dokuments hat sich inzwischen geändert.</translation>
    </message>
    <message>
        <source>The document&apos;s size has changed since.</source>
        <translation>Die Größe des Dokuments hat sich inzwischen geändert.</translation>
    </message>
    <message>
        <source>The edit failed: {detail}</source>
        <translation>Die Bearbeitung ist fehlgeschlagen: {detail}</translation>
    </message>
    <message>
        <source>The instruction cannot be used.</source>
        <translation>Die Anweisung kann nicht verwendet werden.</translation>
    </message>
    <message>
        <source>The language model did not finish its answer, so the edit may not follow the instruction; word it differently or correct the text.</source>
        <translation>Das Sprachmodell hat seine Antwort nicht beendet, daher folgt die Bearbeitung der Anweisung vielleicht nicht; formulieren Sie sie anders oder korrigieren Sie den Text.</translation>
    </message>
    <message>
        <source>The layer is no longer there.</source>
        <translation>Die Ebene ist nicht mehr da.</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>Das Modell</translation>
    </message>
    <message>
        <source>The model is not installed on this computer.</source>
        <translation>Das Modell ist auf diesem Rechner nicht installiert.</translation>
    </message>
    <message>
        <source>The model that edits this document</source>
        <translation>Das Modell, das dieses Dokument bearbeitet</translation>
    </message>
    <message>
        <source>The model&apos;s files are damaged.</source>
        <translation>Die Dateien des Modells sind beschädigt.</translation>
    </message>
    <message>
        <source>The model&apos;s files are not what they should be.</source>
        <translation>Die Dateien des Modells sind nicht die richtigen.</translation>
    </message>
    <message>
        <source>The model&apos;s plan</source>
        <translation>Plan des Modells</translation>
    </message>
    <message>
        <source>The model&apos;s words</source>
        <translation>Der Text des Modells</translation>
    </message>
    <message>
        <source>The model&apos;s words, or what went wrong</source>
        <translation>Der Text des Modells, oder was schiefging</translation>
    </message>
    <message>
        <source>{host} could not place it.</source>
        <translation>{host} konnte es nicht einsetzen.</translation>
    </message>
    <message>
        <source>{host} did not answer in time.</source>
        <translation>{host} hat nicht rechtzeitig geantwortet.</translation>
    </message>
    <message>
        <source>{host} does not answer.</source>
        <translation>{host} antwortet nicht.</translation>
    </message>
    <message>
        <source>The painting program</source>
        <translation>Das Malprogramm</translation>
    </message>
    <message>
        <source>The painting program is not connected.</source>
        <translation>Das Malprogramm ist nicht verbunden.</translation>
    </message>
    <message>
        <source>The picture as it develops. Press and hold, or hold the space bar, to see the original.</source>
        <translation>Das Bild, wie es entsteht. Gedrückt halten (Maus oder Leertaste), um das Original zu sehen.</translation>
    </message>
    <message>
        <source>The picture is larger than the backend accepts.</source>
        <translation>Das Bild ist größer, als das Backend annimmt.</translation>
    </message>
    <message>
        <source>The picture to edit</source>
        <translation>Das zu bearbeitende Bild</translation>
    </message>
    <message>
        <source>The plug-in and the panel have different versions.</source>
        <translation>Plug-in und Panel haben verschiedene Versionen.</translation>
    </message>
    <message>
        <source>The region is too large.</source>
        <translation>Der Bereich ist zu groß.</translation>
    </message>
    <message>
        <source>The same seed and settings give the same picture</source>
        <translation>Gleicher Startwert und gleiche Einstellungen ergeben das gleiche Bild</translation>
    </message>
    <message>
        <source>The selection covers nothing.</source>
        <translation>Die Auswahl umfasst nichts.</translation>
    </message>
    <message>
        <source>The selection does not fit the picture.</source>
        <translation>Die Auswahl passt nicht zum Bild.</translation>
    </message>
    <message>
        <source>There is no instruction.</source>
        <translation>Es gibt keine Anweisung.</translation>
    </message>
    <message>
        <source>There is not enough free memory for this edit.</source>
        <translation>Für diese Bearbeitung ist nicht genug Speicher frei.</translation>
    </message>
    <message>
        <source>There is nothing to keep yet.</source>
        <translation>Es gibt noch nichts zu behalten.</translation>
    </message>
    <message>
        <source>This document cannot be edited as it is.</source>
        <translation>Dieses Dokument kann so nicht bearbeitet werden.</translation>
    </message>
    <message>
        <source>This document has no saved selections.</source>
        <translation>Dieses Dokument hat keine gespeicherten Auswahlen.</translation>
    </message>
    <message>
        <source>This document is grayscale, so changes of colour will not show. Convert it to RGB to see them.</source>
        <translation>Dieses Dokument ist in Graustufen, daher sind Farbänderungen nicht zu sehen. Wandeln Sie es dafür in RGB um.</translation>
    </message>
    <message>
        <source>This picture cannot be edited.</source>
        <translation>Dieses Bild kann nicht bearbeitet werden.</translation>
    </message>
    <message numerus="yes">
        <source>Try %n regions again</source>
        <translation>
            <numerusform>%n Bereich erneut versuchen</numerusform>
            <numerusform>%n Bereiche erneut versuchen</numerusform>
        </translation>
    </message>
    <message>
        <source>Try 1 region again</source>
        <translation>1 Bereich erneut versuchen</translation>
    </message>
    <message>
        <source>Try again; if that fails too, save the result as a file.</source>
        <translation>Versuchen Sie es erneut; wenn auch das fehlschlägt, speichern Sie das Ergebnis als Datei.</translation>
    </message>
    <message>
        <source>Try again; nothing in your picture was changed.</source>
        <translation>Versuchen Sie es erneut; in Ihrem Bild wurde nichts geändert.</translation>
    </message>
    <message>
        <source>Try again; “mgie logs” tells more.</source>
        <translation>Versuchen Sie es erneut; „mgie logs“ sagt mehr.</translation>
    </message>
    <message>
        <source>Undo correction</source>
        <translation>Korrektur zurücknehmen</translation>
    </message>
    <message>
        <source>Undone: its layer is no longer in the picture</source>
        <translation>Rückgängig: Ebene nicht mehr im Bild</translation>
    </message>
    <message>
        <source>Use a shorter sentence in plain words.</source>
        <translation>Verwenden Sie einen kürzeren Satz aus einfachen Worten.</translation>
    </message>
    <message>
        <source>Variation {number}</source>
        <translation>Variante {number}</translation>
    </message>
    <message>
        <source>Variations</source>
        <translation>Varianten</translation>
    </message>
    <message>
        <source>Variations that were not chosen</source>
        <translation>Nicht gewählte Varianten</translation>
    </message>
    <message>
        <source>Wait for the first step.</source>
        <translation>Warten Sie den ersten Schritt ab.</translation>
    </message>
    <message>
        <source>Wait until other edits are done, then try again.</source>
        <translation>Warten Sie, bis andere Bearbeitungen fertig sind, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Waiting for the backend to start</source>
        <translation>Wartet auf den Start des Backends</translation>
    </message>
    <message>
        <source>Waiting for you: correct the text or continue</source>
        <translation>Wartet: Text korrigieren oder fortfahren</translation>
    </message>
    <message numerus="yes">
        <source>Waiting, %n ahead</source>
        <translation>
            <numerusform>Wartet, %n davor</numerusform>
            <numerusform>Wartet, %n davor</numerusform>
        </translation>
    </message>
    <message>
        <source>What should change here?</source>
        <translation>Was soll sich hier ändern?</translation>
    </message>
    <message>
        <source>What the instruction may mean</source>
        <translation>Was die Anweisung bedeuten kann</translation>
    </message>
    <message>
        <source>What the model cannot do</source>
        <translation>Was das Modell nicht kann</translation>
    </message>
    <message>
        <source>What the model makes of the instruction. You may correct it.</source>
        <translation>Was das Modell aus der Anweisung macht. Sie können es korrigieren.</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>Was schiefging</translation>
    </message>
    <message>
        <source>What will be edited</source>
        <translation>Was bearbeitet wird</translation>
    </message>
    <message>
        <source>Which one do you mean?</source>
        <translation>Was davon meinen Sie?</translation>
    </message>
    <message>
        <source>Picture {size}</source>
        <translation>Bild {size}</translation>
    </message>
    <message>
        <source>Why it could not be placed</source>
        <translation>Warum es nicht eingesetzt werden konnte</translation>
    </message>
    <message>
        <source>Why nothing was changed</source>
        <translation>Warum nichts geändert wurde</translation>
    </message>
    <message>
        <source>Write what should change.</source>
        <translation>Schreiben Sie, was sich ändern soll.</translation>
    </message>
    <message>
        <source>Write what should change. Return edits, Up and Down bring back earlier instructions.</source>
        <translation>Schreiben Sie, was sich ändern soll. Eingabe startet, Auf und Ab holen frühere Anweisungen zurück.</translation>
    </message>
    <message>
        <source>Write “{words}” instead</source>
        <translation>Stattdessen „{words}“ schreiben</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>Schreibt</translation>
    </message>
    <message>
        <source>adds, removes, replaces and restyles things</source>
        <translation>fügt Dinge hinzu, entfernt, ersetzt und gestaltet sie um</translation>
    </message>
    <message>
        <source>adds, replaces and removes things</source>
        <translation>fügt Dinge hinzu, ersetzt und entfernt sie</translation>
    </message>
    <message>
        <source>all layers</source>
        <translation>alle Ebenen</translation>
    </message>
    <message>
        <source>changes text in the picture</source>
        <translation>ändert Schrift im Bild</translation>
    </message>
    <message>
        <source>placed</source>
        <translation>eingesetzt</translation>
    </message>
    <message>
        <source>recolours, relights and restyles</source>
        <translation>ändert Farben, Licht und Stil</translation>
    </message>
    <message>
        <source>sees the picture and writes what to change, for a painter</source>
        <translation>sieht das Bild und schreibt für ein malendes Modell auf, was zu ändern ist</translation>
    </message>
    <message>
        <source>the request is beyond what the model can do</source>
        <translation>die Anfrage übersteigt, was das Modell kann</translation>
    </message>
    <message>
        <source>{action} (Ctrl+Return)</source>
        <translation>{action} (Strg+Eingabe)</translation>
    </message>
    <message>
        <source>{bits} float</source>
        <translation>{bits} Gleitkomma</translation>
    </message>
    <message>
        <source>{bits}-bit</source>
        <translation>{bits} Bit</translation>
    </message>
    <message>
        <source>{ended} of {all} regions finished</source>
        <translation>{ended} von {all} Bereichen fertig</translation>
    </message>
    <message>
        <source>{host} is not connected</source>
        <translation>{host} ist nicht verbunden</translation>
    </message>
    <message>
        <source>{instruction} + {count} more</source>
        <translation>{instruction} + {count} weitere</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <source>{steps}, {time} left</source>
        <translation>{steps}, noch {time}</translation>
    </message>
    <message>
        <source>{why} Possible instead: {suggestions}</source>
        <translation>{why} Stattdessen möglich: {suggestions}</translation>
    </message>
    <message>
        <source>{words}, {count} without a result</source>
        <translation>{words}, {count} ohne Ergebnis</translation>
    </message>
    <message>
        <source>“{instruction}” for {document} is kept here.</source>
        <translation>„{instruction}“ für {document} ist hier aufbewahrt.</translation>
    </message>
    <message>
        <source>An indexed image has too few colours for an edit; choose Image &gt; Mode &gt; RGB first.</source>
        <translation>Ein indiziertes Bild hat zu wenige Farben für eine Bearbeitung; wählen Sie zuerst Bild &gt; Modus &gt; RGB.</translation>
    </message>
    <message>
        <source>Documents of this colour model cannot be edited; choose Image &gt; Convert Image Color Space and RGB first.</source>
        <translation>Dokumente dieses Farbmodells können nicht bearbeitet werden; wählen Sie zuerst Bild &gt; Farbraum des Bildes umwandeln und RGB.</translation>
    </message>
    <message>
        <source>Redo: bring the layer back</source>
        <translation>Wiederherstellen: die Ebene zurückholen</translation>
    </message>
    <message>
        <source>Undo: take the last layer back</source>
        <translation>Rückgängig: die letzte Ebene zurücknehmen</translation>
    </message>
    <message>
        <source>faithful</source>
        <translation>treu</translation>
    </message>
    <message>
        <source>faster</source>
        <translation>schneller</translation>
    </message>
    <message>
        <source>finer</source>
        <translation>feiner</translation>
    </message>
    <message>
        <source>free</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>gentle</source>
        <translation>sanft</translation>
    </message>
    <message>
        <source>literal</source>
        <translation>wörtlich</translation>
    </message>
    <message>
        <source>Drag to select a part, double-click to clear the selection, press and hold to see the original. Arrow keys move the selection, with Shift they resize it; Delete clears it.</source>
        <translation>Ziehen wählt einen Teil aus, Doppelklick hebt die Auswahl auf, Gedrückthalten zeigt das Original. Pfeiltasten verschieben die Auswahl, mit Umschalt ändern sie ihre Größe; Entf hebt sie auf.</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>All settings: the model&apos;s options, mask, seed (Ctrl+M)</source>
        <translation>Alle Einstellungen: Optionen des Modells, Maske, Startwert (Strg+M)</translation>
    </message>
    <message>
        <source>Another seed</source>
        <translation>Anderer Startwert</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Choose another name or folder.</source>
        <translation>Wählen Sie einen anderen Namen oder Ordner.</translation>
    </message>
    <message>
        <source>For example: {example}</source>
        <translation>Zum Beispiel: {example}</translation>
    </message>
    <message>
        <source>How it lands</source>
        <translation>Übertragung</translation>
    </message>
    <message>
        <source>Ideas</source>
        <translation>Ideen</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>Maske</translation>
    </message>
    <message>
        <source>Mask of the next edit</source>
        <translation>Maske der nächsten Bearbeitung</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.ora)</source>
        <translation>Bilder (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.ora)</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.webp)</source>
        <translation>Bilder (*.png *.jpg *.jpeg *.tif *.tiff *.webp)</translation>
    </message>
    <message>
        <source>Pictures (*.png *.tif *.tiff *.webp)</source>
        <translation>Bilder (*.png *.tif *.tiff *.webp)</translation>
    </message>
    <message>
        <source>Recolour</source>
        <translation>Umfärben</translation>
    </message>
    <message>
        <source>Red: what will be edited, fading where the edit ends</source>
        <translation>Rot: was bearbeitet wird, weicher, wo die Bearbeitung ausläuft</translation>
    </message>
    <message>
        <source>Repaint</source>
        <translation>Neu malen</translation>
    </message>
    <message>
        <source>Reset {name}</source>
        <translation>{name} zurücksetzen</translation>
    </message>
    <message>
        <source>Saved as {name}</source>
        <translation>Gespeichert als {name}</translation>
    </message>
    <message>
        <source>Selection only</source>
        <translation>Nur die Auswahl</translation>
    </message>
    <message>
        <source>Starting the edit</source>
        <translation>Bearbeitung wird gestartet</translation>
    </message>
    <message>
        <source>Pick another seed and lock it</source>
        <translation>Einen anderen Startwert nehmen und festhalten</translation>
    </message>
    <message>
        <source>The copy that was saved</source>
        <translation>Die gespeicherte Kopie</translation>
    </message>
    <message>
        <source>The file could not be read: {detail}</source>
        <translation>Die Datei konnte nicht gelesen werden: {detail}</translation>
    </message>
    <message>
        <source>The file could not be written: {detail}</source>
        <translation>Die Datei konnte nicht geschrieben werden: {detail}</translation>
    </message>
    <message>
        <source>Use this seed for every edit; otherwise each draws its own</source>
        <translation>Diesen Startwert für jede Bearbeitung verwenden; sonst zieht jede ihren eigenen</translation>
    </message>
    <message>
        <source>What should change?</source>
        <translation>Was soll sich ändern?</translation>
    </message>
    <message>
        <source>Whole picture</source>
        <translation>Ganzes Bild</translation>
    </message>
    <message>
        <source>Write this into the instruction</source>
        <translation>In die Anweisung schreiben</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>ready on {device}</source>
        <translation>bereit auf {device}</translation>
    </message>
    <message>
        <source>{name}, slider</source>
        <translation>{name}, Schieberegler</translation>
    </message>
    <message>
        <source>Around it</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>Blend</source>
        <translation>Übergang</translation>
    </message>
    <message>
        <source>Colour match</source>
        <translation>Farbangleichung</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>Kontext</translation>
    </message>
    <message>
        <source>Correct drift</source>
        <translation>Verschiebung korrigieren</translation>
    </message>
    <message>
        <source>Feather</source>
        <translation>Weiche Kante</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>How far new content takes on the colours of its surroundings.</source>
        <translation>Wie weit neue Inhalte die Farben ihrer Umgebung annehmen.</translation>
    </message>
    <message>
        <source>How much around the selection the model sees, in lengths of its longer side.</source>
        <translation>Wie viel das Modell um die Auswahl herum sieht, in Längen ihrer längeren Seite.</translation>
    </message>
    <message>
        <source>How much of a tile&apos;s side is shared with its neighbour.</source>
        <translation>Wie viel einer Kachelseite mit der Nachbarkachel geteilt wird.</translation>
    </message>
    <message>
        <source>How much of the picture the model sees around the selection.</source>
        <translation>Wie viel vom Bild das Modell um die Auswahl herum sieht.</translation>
    </message>
    <message>
        <source>How softly the edit ends inside the selection.</source>
        <translation>Wie weich die Bearbeitung innerhalb der Auswahl ausläuft.</translation>
    </message>
    <message>
        <source>New content that would be enlarged more than this is made in tiles.</source>
        <translation>Neue Inhalte, die stärker als dies vergrößert würden, entstehen in Kacheln.</translation>
    </message>
    <message>
        <source>The width over which new content blends into its surroundings.</source>
        <translation>Über welche Breite neue Inhalte in ihre Umgebung übergehen.</translation>
    </message>
    <message>
        <source>Recolour the picture&apos;s own pixels, or take the model&apos;s.</source>
        <translation>Die Pixel des Bildes umfärben oder die des Modells übernehmen.</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Show the model squares only, as models trained on squares expect.</source>
        <translation>Dem Modell nur Quadrate zeigen, wie auf Quadraten trainierte Modelle es erwarten.</translation>
    </message>
    <message>
        <source>Square view</source>
        <translation>Quadratische Ansicht</translation>
    </message>
    <message>
        <source>Tile from</source>
        <translation>Kacheln ab</translation>
    </message>
    <message>
        <source>Tile overlap</source>
        <translation>Kachelüberlappung</translation>
    </message>
    <message>
        <source>Undo it where the model has moved or zoomed the whole picture.</source>
        <translation>Rückgängig machen, wo das Modell das ganze Bild verschoben oder skaliert hat.</translation>
    </message>
    <message>
        <source>Where the soft edge begins: outside the selection, or inside it.</source>
        <translation>Wo die weiche Kante beginnt: außerhalb der Auswahl oder innerhalb.</translation>
    </message>
    <message>
        <source>as around it</source>
        <translation>wie die Umgebung</translation>
    </message>
    <message>
        <source>as painted</source>
        <translation>wie gemalt</translation>
    </message>
    <message>
        <source>hard edge</source>
        <translation>harte Kante</translation>
    </message>
    <message>
        <source>inside</source>
        <translation>innen</translation>
    </message>
    <message>
        <source>led in</source>
        <translation>eingebettet</translation>
    </message>
    <message>
        <source>more tiles</source>
        <translation>mehr Kacheln</translation>
    </message>
    <message>
        <source>wide surroundings</source>
        <translation>viel Umgebung</translation>
    </message>
    <message>
        <source>one piece</source>
        <translation>ein Stück</translation>
    </message>
    <message>
        <source>outside</source>
        <translation>außen</translation>
    </message>
    <message>
        <source>px</source>
        <translation>px</translation>
    </message>
    <message>
        <source>selection only</source>
        <translation>nur Auswahl</translation>
    </message>
    <message>
        <source>smoother</source>
        <translation>glatter</translation>
    </message>
    <message>
        <source>soft edge</source>
        <translation>weiche Kante</translation>
    </message>
    <message numerus="yes">
        <source>%n edits waiting</source>
        <translation>
            <numerusform>Warteschlange: %n</numerusform>
            <numerusform>Warteschlange: %n</numerusform>
        </translation>
    </message>
    <message>
        <source>1 edit waiting</source>
        <translation>Warteschlange: 1</translation>
    </message>
    <message>
        <source>Add to the queue</source>
        <translation>In die Warteschlange</translation>
    </message>
    <message>
        <source>Start the next edit in the queue</source>
        <translation>Die nächste Bearbeitung der Warteschlange beginnen</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Clear the queue</source>
        <translation>Warteschlange leeren</translation>
    </message>
    <message>
        <source>Continue the queue</source>
        <translation>Warteschlange fortsetzen</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Früher</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Remove all edits from the queue</source>
        <translation>Alle Bearbeitungen aus der Warteschlange nehmen</translation>
    </message>
    <message>
        <source>Remove from the queue</source>
        <translation>Aus der Warteschlange nehmen</translation>
    </message>
    <message>
        <source>Waiting edit</source>
        <translation>Wartende Bearbeitung</translation>
    </message>
    <message>
        <source>{number}. {words}</source>
        <translation>{number}. {words}</translation>
    </message>
    <message>
        <source>{waiting}, on hold</source>
        <translation>{waiting}, angehalten</translation>
    </message>
    <message>
        <source>{control}: {row}</source>
        <translation>{control}: {row}</translation>
    </message>
    <message>
        <source>A preset or template of yours cannot be read: {detail}</source>
        <translation>Eine Ihrer Voreinstellungen oder Vorlagen kann nicht gelesen werden: {detail}</translation>
    </message>
    <message>
        <source>Add all layers of the group</source>
        <translation>Alle Ebenen der Gruppe hinzufügen</translation>
    </message>
    <message>
        <source>Choose a layer inside a group, then add its layers.</source>
        <translation>Wählen Sie eine Ebene in einer Gruppe und fügen Sie dann deren Ebenen hinzu.</translation>
    </message>
    <message>
        <source>Delete a template</source>
        <translation>Vorlage löschen</translation>
    </message>
    <message>
        <source>Delete the preset</source>
        <translation>Voreinstellung löschen</translation>
    </message>
    <message>
        <source>Edit regions</source>
        <translation>Bereiche bearbeiten</translation>
    </message>
    <message>
        <source>Edit this region again</source>
        <translation>Diesen Bereich erneut bearbeiten</translation>
    </message>
    <message>
        <source>How to add regions</source>
        <translation>Wie Bereiche hinzugefügt werden</translation>
    </message>
    <message>
        <source>Keep these settings under a name</source>
        <translation>Diese Einstellungen unter einem Namen behalten</translation>
    </message>
    <message>
        <source>Repair or delete that file in the panel&apos;s folder; the others still work.</source>
        <translation>Reparieren oder löschen Sie diese Datei im Ordner des Panels; die anderen sind nicht betroffen.</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>Name der Voreinstellung</translation>
    </message>
    <message>
        <source>Name of the region</source>
        <translation>Name des Bereichs</translation>
    </message>
    <message>
        <source>One edit with one instruction</source>
        <translation>Eine Bearbeitung mit einer Anweisung</translation>
    </message>
    <message>
        <source>Own preset</source>
        <translation>Eigene Voreinstellung</translation>
    </message>
    <message>
        <source>Parts in [brackets] become blanks to write over</source>
        <translation>Teile in [Klammern] werden zu Lücken zum Überschreiben</translation>
    </message>
    <message>
        <source>Picture of the region</source>
        <translation>Bild des Bereichs</translation>
    </message>
    <message>
        <source>Click to rename</source>
        <translation>Zum Umbenennen anklicken</translation>
    </message>
    <message numerus="yes">
        <source>Regions %n</source>
        <translation>
            <numerusform>Bereiche %n</numerusform>
            <numerusform>Bereiche %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Save as a preset</source>
        <translation>Voreinstellung …</translation>
    </message>
    <message>
        <source>Save as a template</source>
        <translation>Als Vorlage speichern</translation>
    </message>
    <message>
        <source>Save the preset</source>
        <translation>Voreinstellung speichern</translation>
    </message>
    <message>
        <source>Select a part of the picture and add it as a region.</source>
        <translation>Wählen Sie einen Teil des Bildes aus und fügen Sie ihn als Bereich hinzu.</translation>
    </message>
    <message>
        <source>Select a part of the picture and add it. Each region has its own instruction; all run together.</source>
        <translation>Wählen Sie einen Teil des Bildes aus und fügen Sie ihn hinzu. Jeder Bereich hat eine eigene Anweisung; alle laufen gemeinsam.</translation>
    </message>
    <message>
        <source>Several selections, each with its own instruction, edited together</source>
        <translation>Mehrere Auswahlen, jede mit eigener Anweisung, gemeinsam bearbeitet</translation>
    </message>
    <message>
        <source>Show or hide its words</source>
        <translation>Seinen Text ein- oder ausblenden</translation>
    </message>
    <message>
        <source>The active layer shares no group with other layers.</source>
        <translation>Die aktive Ebene liegt mit keiner anderen in einer Gruppe.</translation>
    </message>
    <message>
        <source>What should change in the next region?</source>
        <translation>Was soll sich im nächsten Bereich ändern?</translation>
    </message>
    <message>
        <source>What to edit</source>
        <translation>Was bearbeiten</translation>
    </message>
    <message>
        <source>Replace what is in [brackets]; Tab goes from one to the next.</source>
        <translation>Ersetzen Sie, was in [Klammern] steht; Tab springt weiter.</translation>
    </message>
    <message>
        <source>{width} × {height} px</source>
        <translation>{width} × {height} px</translation>
    </message>
    <message>
        <source>Exact</source>
        <translation>Exakt</translation>
    </message>
    <message>
        <source>Fast</source>
        <translation>Schnell</translation>
    </message>
    <message>
        <source>Earlier edit</source>
        <translation>Frühere Bearbeitung</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>History of the document</source>
        <translation>Verlauf des Dokuments</translation>
    </message>
    <message>
        <source>Keep this one</source>
        <translation>Diese behalten</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>Picture of the result</source>
        <translation>Bild des Ergebnisses</translation>
    </message>
    <message>
        <source>Remove from the history</source>
        <translation>Aus dem Verlauf entfernen</translation>
    </message>
    <message>
        <source>Reproduce</source>
        <translation>Genau wiederholen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search the history</source>
        <translation>Den Verlauf durchsuchen</translation>
    </message>
    <message>
        <source>Show only what is starred</source>
        <translation>Nur Markiertes zeigen</translation>
    </message>
    <message>
        <source>Star</source>
        <translation>Markieren</translation>
    </message>
    <message>
        <source>Starred only</source>
        <translation>Nur markierte</translation>
    </message>
    <message>
        <source>Use again</source>
        <translation>Wieder verwenden</translation>
    </message>
    <message>
        <source>What to do with it</source>
        <translation>Was damit geschehen soll</translation>
    </message>
    <message>
        <source>What was made in this document</source>
        <translation>Was in diesem Dokument entstanden ist</translation>
    </message>
    <message>
        <source>When and how it was made</source>
        <translation>Wann und wie es entstanden ist</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>Startwert {seed}</translation>
    </message>
    <message>
        <source>A floating selection lies over the layers; anchor it or make it a layer first (Layer menu).</source>
        <translation>Eine schwebende Auswahl liegt über den Ebenen; verankern Sie sie oder machen Sie zuerst eine Ebene daraus (Menü „Ebene“).</translation>
    </message>
    <message>
        <source>Add the edit that the active layer was made by</source>
        <translation>Die Bearbeitung hinzufügen, aus der die aktive Ebene entstand</translation>
    </message>
    <message>
        <source>Choose a layer that the panel has made.</source>
        <translation>Wählen Sie eine Ebene, die das Panel gemacht hat.</translation>
    </message>
    <message>
        <source>From the active layer</source>
        <translation>Von der aktiven Ebene</translation>
    </message>
    <message>
        <source>The active layer has no readable record of an edit.</source>
        <translation>Die aktive Ebene hat keine lesbare Aufzeichnung einer Bearbeitung.</translation>
    </message>
    <message numerus="yes">
        <source>%n layers in a group</source>
        <translation>
            <numerusform>%n Ebene in einer Gruppe</numerusform>
            <numerusform>%n Ebenen in einer Gruppe</numerusform>
        </translation>
    </message>
    <message>
        <source>1:1</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>A text for a report: versions and the failure, without your words, names, files and paths</source>
        <translation>Ein Text für eine Fehlermeldung: Versionen und der Fehler, ohne Ihre Worte, Namen, Dateien und Pfade</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Amount</source>
        <translation>Wirkung</translation>
    </message>
    <message>
        <source>Amount in percent</source>
        <translation>Wirkung in Prozent</translation>
    </message>
    <message>
        <source>Blink</source>
        <translation>Blinken</translation>
    </message>
    <message>
        <source>Bring the layer back</source>
        <translation>Die Ebene zurückholen</translation>
    </message>
    <message>
        <source>Change map</source>
        <translation>Änderungskarte</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Compare in a window</source>
        <translation>In einem Fenster vergleichen</translation>
    </message>
    <message>
        <source>Compare in a separate window</source>
        <translation>In einem eigenen Fenster vergleichen</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>Diagnose kopieren</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Unterschied</translation>
    </message>
    <message>
        <source>Edit what is selected now with the same words</source>
        <translation>Was jetzt ausgewählt ist, mit denselben Worten bearbeiten</translation>
    </message>
    <message>
        <source>How long it takes</source>
        <translation>Wie lange es dauert</translation>
    </message>
    <message>
        <source>How much of the result shows: the opacity of its layer.</source>
        <translation>Wie viel vom Ergebnis zu sehen ist: die Deckkraft seiner Ebene.</translation>
    </message>
    <message>
        <source>How the picture before and after is compared</source>
        <translation>Wie das Bild vorher und nachher verglichen wird</translation>
    </message>
    <message>
        <source>Least change around the selection first.</source>
        <translation>Zuerst die mit der geringsten Änderung um die Auswahl.</translation>
    </message>
    <message>
        <source>May not fit into memory</source>
        <translation>Passt vielleicht nicht in den Speicher</translation>
    </message>
    <message>
        <source>More about this result</source>
        <translation>Mehr zu diesem Ergebnis</translation>
    </message>
    <message>
        <source>More like this one</source>
        <translation>Mehr wie dieses</translation>
    </message>
    <message>
        <source>More like {number}</source>
        <translation>Mehr wie {number}</translation>
    </message>
    <message>
        <source>Nearest to the words first.</source>
        <translation>Zuerst die, die den Worten am nächsten sind.</translation>
    </message>
    <message>
        <source>New layer above “{layer}”</source>
        <translation>Neue Ebene über „{layer}“</translation>
    </message>
    <message>
        <source>New layer on top</source>
        <translation>Neue Ebene ganz oben</translation>
    </message>
    <message>
        <source>One picture pixel to one screen pixel; Ctrl and the wheel zoom</source>
        <translation>Ein Pixel des Bildes auf einem des Bildschirms; Strg und das Mausrad zoomen</translation>
    </message>
    <message>
        <source>One to one</source>
        <translation>Eins zu eins</translation>
    </message>
    <message>
        <source>The same plan with other seeds; nothing is written again</source>
        <translation>Derselbe Plan mit anderen Startwerten; nichts wird neu geschrieben</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Save a copy…</source>
        <translation>Kopie speichern …</translation>
    </message>
    <message>
        <source>Save the record</source>
        <translation>Protokoll speichern</translation>
    </message>
    <message>
        <source>Save the record…</source>
        <translation>Protokoll speichern …</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Nebeneinander</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Remove the layer from the picture</source>
        <translation>Die Ebene aus dem Bild nehmen</translation>
    </message>
    <message>
        <source>The result</source>
        <translation>Das Ergebnis</translation>
    </message>
    <message>
        <source>The same plan and seed, from faithful to free; nothing was written again.</source>
        <translation>Derselbe Plan und Startwert, von treu bis frei; nichts wurde neu geschrieben.</translation>
    </message>
    <message>
        <source>The same plan and seed, from weak to strong; nothing was written again.</source>
        <translation>Derselbe Plan und Startwert, von schwach bis stark; nichts wurde neu geschrieben.</translation>
    </message>
    <message>
        <source>The same plan with other seeds; nothing was written again.</source>
        <translation>Derselbe Plan mit anderen Startwerten; nichts wurde neu geschrieben.</translation>
    </message>
    <message>
        <source>To a new group above “{layer}”</source>
        <translation>In eine neue Gruppe über „{layer}“</translation>
    </message>
    <message>
        <source>To a new group on top</source>
        <translation>In eine neue Gruppe ganz oben</translation>
    </message>
    <message>
        <source>To a new layer above “{layer}”</source>
        <translation>Auf eine neue Ebene über „{layer}“</translation>
    </message>
    <message>
        <source>To a new layer on top</source>
        <translation>Auf eine neue Ebene ganz oben</translation>
    </message>
    <message>
        <source>Try faithful to free</source>
        <translation>Von treu bis frei probieren</translation>
    </message>
    <message>
        <source>Try weak to strong</source>
        <translation>Von schwach bis stark probieren</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Undo and redo</source>
        <translation>Rückgängig und wiederholen</translation>
    </message>
    <message>
        <source>What changed nothing comes last.</source>
        <translation>Was nichts geändert hat, steht am Ende.</translation>
    </message>
    <message>
        <source>What slid out of place comes later.</source>
        <translation>Was verrutscht ist, steht weiter hinten.</translation>
    </message>
    <message>
        <source>What stands in its way</source>
        <translation>Was dem entgegensteht</translation>
    </message>
    <message>
        <source>What the next edit does</source>
        <translation>Was die nächste Bearbeitung tut</translation>
    </message>
    <message>
        <source>What the program itself said</source>
        <translation>Was das Programm selbst gemeldet hat</translation>
    </message>
    <message>
        <source>What was asked for</source>
        <translation>Was verlangt wurde</translation>
    </message>
    <message>
        <source>Where the result is</source>
        <translation>Wo das Ergebnis ist</translation>
    </message>
    <message>
        <source>Where the result will go</source>
        <translation>Wohin das Ergebnis kommt</translation>
    </message>
    <message>
        <source>Why they stand in this order</source>
        <translation>Warum sie in dieser Reihenfolge stehen</translation>
    </message>
    <message>
        <source>Wipe</source>
        <translation>Wischen</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>etwa {time}</translation>
    </message>
    <message>
        <source>result</source>
        <translation>ergebnis</translation>
    </message>
    <message>
        <source>{changed} pixels changed, {outside} outside the selection</source>
        <translation>{changed} Pixel geändert, {outside} außerhalb der Auswahl</translation>
    </message>
    <message>
        <source>{opacity} Beyond 100 % it is painted anew from the same plan, more strongly.</source>
        <translation>{opacity} Über 100 % wird es nach demselben Plan neu gemalt, stärker.</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>{time}, in {wait}</source>
        <translation>{time}, in {wait}</translation>
    </message>
    <message>
        <source>{words} + {count} more</source>
        <translation>{words} + {count} weitere</translation>
    </message>
    <message>
        <source>“{layer}” is clipped to the layers below it, and so will the result be.</source>
        <translation>„{layer}“ ist auf die Ebenen darunter beschnitten, also auch das Ergebnis.</translation>
    </message>
    <message>
        <source>“{layer}” is in a hidden group: the result would not be seen.</source>
        <translation>„{layer}“ liegt in einer ausgeblendeten Gruppe: Das Ergebnis wäre nicht zu sehen.</translation>
    </message>
    <message>
        <source>“{layer}” is in a locked group: nothing can be placed there.</source>
        <translation>„{layer}“ liegt in einer gesperrten Gruppe: Dort kann nichts eingesetzt werden.</translation>
    </message>
    <message>
        <source>recolours only: light, contrast, colours and looks, of the whole picture or of a part</source>
        <translation>färbt nur um: Licht, Kontrast, Farben und Anmutung, vom ganzen Bild oder einem Teil</translation>
    </message>
    <message>
        <source>Change map as a layer</source>
        <translation>Änderungskarte als Ebene</translation>
    </message>
    <message>
        <source>Change map of {words}</source>
        <translation>Änderungskarte von {words}</translation>
    </message>
    <message>
        <source>Show or hide its layer</source>
        <translation>Seine Ebene zeigen oder ausblenden</translation>
    </message>
    <message>
        <source>A folder with a model</source>
        <translation>Ein Ordner mit einem Modell</translation>
    </message>
    <message>
        <source>Accept and get</source>
        <translation>Annehmen und holen</translation>
    </message>
    <message>
        <source>Add active layer</source>
        <translation>Aktive Ebene hinzufügen</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>At {server}</source>
        <translation>Bei {server}</translation>
    </message>
    <message>
        <source>Back to the edit</source>
        <translation>Zurück zur Bearbeitung</translation>
    </message>
    <message>
        <source>Load it into memory, so that the next edit does not have to wait</source>
        <translation>In den Speicher laden, damit die nächste Bearbeitung nicht wartet</translation>
    </message>
    <message>
        <source>Checking every byte</source>
        <translation>Jedes Byte wird geprüft</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Choose, download and check models (Ctrl+Shift+M)</source>
        <translation>Modelle wählen, herunterladen und prüfen (Strg+Umschalt+M)</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>Gewählt</translation>
    </message>
    <message>
        <source>Check every byte of its files</source>
        <translation>Jedes Byte seiner Dateien prüfen</translation>
    </message>
    <message>
        <source>Compare the fingerprint</source>
        <translation>Den Fingerabdruck vergleichen</translation>
    </message>
    <message>
        <source>Do not accept</source>
        <translation>Nicht annehmen</translation>
    </message>
    <message>
        <source>Use it for this document from now on</source>
        <translation>Ab jetzt für dieses Dokument verwenden</translation>
    </message>
    <message>
        <source>All files are intact.</source>
        <translation>Alle Dateien sind unversehrt.</translation>
    </message>
    <message>
        <source>Download it; its licence is shown first</source>
        <translation>Herunterladen; zuerst wird die Lizenz gezeigt</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>Wird heruntergeladen</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>Fingerabdruck</translation>
    </message>
    <message>
        <source>Free memory now</source>
        <translation>Speicher jetzt freigeben</translation>
    </message>
    <message>
        <source>Freeing memory</source>
        <translation>Speicher wird freigegeben</translation>
    </message>
    <message>
        <source>Get</source>
        <translation>Holen</translation>
    </message>
    <message>
        <source>Get {size}</source>
        <translation>{size} holen</translation>
    </message>
    <message>
        <source>Import folder…</source>
        <translation>Ordner importieren …</translation>
    </message>
    <message>
        <source>Install a model from a folder of this machine</source>
        <translation>Ein Modell aus einem Ordner dieses Rechners installieren</translation>
    </message>
    <message>
        <source>They match: use it</source>
        <translation>Stimmt überein: verwenden</translation>
    </message>
    <message>
        <source>Its certificate has this fingerprint. Use it only if `mgie status` shows the same one there:</source>
        <translation>Sein Zertifikat hat diesen Fingerabdruck. Nur verwenden, wenn `mgie status` dort denselben zeigt:</translation>
    </message>
    <message>
        <source>Its licence has not been accepted yet.</source>
        <translation>Die Lizenz ist noch nicht angenommen.</translation>
    </message>
    <message>
        <source>Licence: {name}</source>
        <translation>Lizenz: {name}</translation>
    </message>
    <message>
        <source>Load now</source>
        <translation>Jetzt laden</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>Wird geladen</translation>
    </message>
    <message>
        <source>Show certificate</source>
        <translation>Zertifikat zeigen</translation>
    </message>
    <message>
        <source>Show its certificate</source>
        <translation>Sein Zertifikat zeigen</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Models: installed and available</source>
        <translation>Modelle: installiert und verfügbar</translation>
    </message>
    <message>
        <source>Needs about {needed} of memory; {free} is free: it fits.</source>
        <translation>Braucht etwa {needed} Speicher; {free} sind frei: passt.</translation>
    </message>
    <message>
        <source>Needs about {needed} of memory; {free} of {total} is free: close other programs.</source>
        <translation>Braucht etwa {needed} Speicher; {free} von {total} sind frei: andere Programme schließen.</translation>
    </message>
    <message>
        <source>Needs about {needed}; the graphics card has {total}: it will run in parts, more slowly.</source>
        <translation>Braucht etwa {needed}, die Grafikkarte hat {total}: läuft in Teilen, langsamer.</translation>
    </message>
    <message>
        <source>Needs about {needed}; this machine has {total}: not enough.</source>
        <translation>Braucht etwa {needed}, dieser Rechner hat {total}: zu wenig.</translation>
    </message>
    <message>
        <source>HOST:PORT of a backend on another machine, as given to `mgie serve --listen`</source>
        <translation>HOST:PORT eines Backends auf einem anderen Rechner, wie bei `mgie serve --listen` angegeben</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>Auf diesem Rechner</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Paused; what has arrived is kept.</source>
        <translation>Angehalten; was da ist, bleibt.</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Wird vorbereitet</translation>
    </message>
    <message>
        <source>Press “Models” below to choose another one, or to get it.</source>
        <translation>Unten „Modelle“ drücken, um ein anderes zu wählen oder es zu holen.</translation>
    </message>
    <message>
        <source>Press “Models” below, then “Verify”; install it again if need be.</source>
        <translation>Unten „Modelle“ drücken, dann „Prüfen“; nötigenfalls neu installieren.</translation>
    </message>
    <message>
        <source>Press “Resume” to continue where it stopped.</source>
        <translation>„Fortsetzen“ drücken: Es geht weiter, wo es endete.</translation>
    </message>
    <message>
        <source>Read it and accept it first.</source>
        <translation>Zuerst lesen und annehmen.</translation>
    </message>
    <message>
        <source>Reference pictures</source>
        <translation>Referenzbilder</translation>
    </message>
    <message>
        <source>Remove this reference picture</source>
        <translation>Dieses Referenzbild entfernen</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Show the model the active layer too, so that your words can refer to it</source>
        <translation>Dem Modell auch die aktive Ebene zeigen, damit Ihre Worte sich darauf beziehen können</translation>
    </message>
    <message>
        <source>Unload every model from memory once the running edits are done</source>
        <translation>Alle Modelle aus dem Speicher nehmen, sobald die laufenden Bearbeitungen fertig sind</translation>
    </message>
    <message>
        <source>Terms of the licence</source>
        <translation>Bedingungen der Lizenz</translation>
    </message>
    <message>
        <source>The backend has not answered yet.</source>
        <translation>Das Backend hat noch nicht geantwortet.</translation>
    </message>
    <message>
        <source>The connection broke off, or nobody answers.</source>
        <translation>Die Verbindung brach ab, oder niemand antwortet.</translation>
    </message>
    <message>
        <source>Accept the licence of {model} first</source>
        <translation>Zuerst die Lizenz von {model} annehmen</translation>
    </message>
    <message>
        <source>The model had shifted the picture a little; this was corrected.</source>
        <translation>Das Modell hatte das Bild etwas verschoben; das wurde korrigiert.</translation>
    </message>
    <message>
        <source>The model has moved things, which could not be corrected: check along the edges of the edit.</source>
        <translation>Das Modell hat etwas verschoben, was sich nicht korrigieren ließ: Prüfen Sie die Ränder der Bearbeitung.</translation>
    </message>
    <message>
        <source>The model takes fewer reference pictures. Remove some, or choose another model.</source>
        <translation>Das Modell nutzt weniger Referenzbilder. Entfernen Sie einige oder wählen Sie ein anderes Modell.</translation>
    </message>
    <message>
        <source>This model does not use them.</source>
        <translation>Dieses Modell nutzt keine.</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Trust this certificate</source>
        <translation>Diesem Zertifikat vertrauen</translation>
    </message>
    <message>
        <source>Use this machine</source>
        <translation>Diesen Rechner verwenden</translation>
    </message>
    <message>
        <source>Use this machine&apos;s own backend</source>
        <translation>Das eigene Backend dieses Rechners verwenden</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>What has arrived is kept, and the next try continues there</source>
        <translation>Was da ist, bleibt; der nächste Versuch geht dort weiter</translation>
    </message>
    <message>
        <source>The contents of that backend&apos;s token file</source>
        <translation>Der Inhalt der Token-Datei jenes Backends</translation>
    </message>
    <message>
        <source>Where the backend is</source>
        <translation>Wo das Backend ist</translation>
    </message>
    <message>
        <source>Who writes the words that it paints</source>
        <translation>Wer die Worte schreibt, die es malt</translation>
    </message>
    <message>
        <source>Words by {model}</source>
        <translation>Worte von {model}</translation>
    </message>
    <message>
        <source>Your own words</source>
        <translation>Ihre eigenen Worte</translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation>nicht verwendbar</translation>
    </message>
    <message>
        <source>chosen, {state}</source>
        <translation>gewählt, {state}</translation>
    </message>
    <message>
        <source>in memory</source>
        <translation>im Speicher</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>installiert</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>lädt</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>paints your own words; another model may write for it</source>
        <translation>malt Ihre eigenen Worte; ein anderes Modell kann dafür schreiben</translation>
    </message>
    <message>
        <source>studio.local:7860</source>
        <translation>studio.local:7860</translation>
    </message>
    <message>
        <source>writes only; choose it with a painter</source>
        <translation>schreibt nur; zusammen mit einem malenden Modell wählen</translation>
    </message>
    <message>
        <source>{count} of at most {most}</source>
        <translation>{count} von höchstens {most}</translation>
    </message>
    <message>
        <source>{free} of {total} of memory free</source>
        <translation>{free} von {total} Speicher frei</translation>
    </message>
    <message>
        <source>{name}: {free} of {total} of memory free</source>
        <translation>{name}: {free} von {total} Speicher frei</translation>
    </message>
    <message>
        <source>{size} already downloaded</source>
        <translation>{size} schon heruntergeladen</translation>
    </message>
    <message>
        <source>{words}, at {server}</source>
        <translation>{words}, bei {server}</translation>
    </message>
    <message>
        <source>{work}: {done} of {total}</source>
        <translation>{work}: {done} von {total}</translation>
    </message>
    <message>
        <source>New layer above the group of “{layer}”</source>
        <translation>Neue Ebene über der Gruppe von „{layer}“</translation>
    </message>
    <message>
        <source>The group around “{layer}” is half-opaque, masked or blended: the result goes above it.</source>
        <translation>Die Gruppe um „{layer}“ ist halb deckend, maskiert oder gemischt: Das Ergebnis kommt darüber.</translation>
    </message>
    <message>
        <source>To a new layer above the group of “{layer}”</source>
        <translation>Auf eine neue Ebene über der Gruppe von „{layer}“</translation>
    </message>
    <message>
        <source>Guidance every</source>
        <translation>Führung alle</translation>
    </message>
    <message>
        <source>Save it once more when the edit has ended.</source>
        <translation>Speichern Sie noch einmal, wenn die Bearbeitung zu Ende ist.</translation>
    </message>
    <message>
        <source>Steps from one computation of the guidance to the next, which use it again.</source>
        <translation>Schritte von einer Berechnung der Führung zur nächsten, die sie weiterverwenden.</translation>
    </message>
    <message>
        <source>The file just saved contains the preview of the running edit as a layer.</source>
        <translation>Die eben gespeicherte Datei enthält die Vorschau der laufenden Bearbeitung als Ebene.</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>genau</translation>
    </message>
    <message>
        <source>first step</source>
        <translation>erster Schritt</translation>
    </message>
    <message>
        <source>last step</source>
        <translation>letzter Schritt</translation>
    </message>
    <message>
        <source>Change map as a selection</source>
        <translation>Änderungskarte als Auswahl</translation>
    </message>
    <message>
        <source>Discard: remove its layer</source>
        <translation>Verwerfen: die Ebene herausnehmen</translation>
    </message>
    <message>
        <source>Discarded</source>
        <translation>Verworfen</translation>
    </message>
    <message>
        <source>Keep: put its layer back</source>
        <translation>Behalten: die Ebene zurückholen</translation>
    </message>
    <message>
        <source>A file with a painter</source>
        <translation>Eine Datei mit einem malenden Modell</translation>
    </message>
    <message>
        <source>Import file…</source>
        <translation>Datei importieren …</translation>
    </message>
    <message>
        <source>Install a painter from one .safetensors or .gguf file; its size is shown first</source>
        <translation>Ein malendes Modell aus einer .safetensors- oder .gguf-Datei installieren; die Größe wird vorher genannt</translation>
    </message>
    <message>
        <source>Needs {needed} GB, {free} GB free: parts of the model move out while it runs, which is slower</source>
        <translation>Braucht {needed} GB, {free} GB frei: Teile des Modells werden währenddessen ausgelagert, das ist langsamer</translation>
    </message>
    <message>
        <source>{needed} of {free} GB free</source>
        <translation>{needed} von {free} GB frei</translation>
    </message>
    <message>
        <source>{time}, {memory}</source>
        <translation>{time}, {memory}</translation>
    </message>
    <message>
        <source>Reduced copy</source>
        <translation>Verkleinerte Kopie</translation>
    </message>
    <message>
        <source>Add all open pictures</source>
        <translation>Alle offenen Bilder hinzufügen</translation>
    </message>
    <message numerus="yes">
        <source>To new layers in %n pictures</source>
        <translation>
            <numerusform>Auf neue Ebenen in %n Bild</numerusform>
            <numerusform>Auf neue Ebenen in %n Bildern</numerusform>
        </translation>
    </message>
    <message>
        <source>Undone</source>
        <translation>Rückgängig gemacht</translation>
    </message>
    <message>
        <source>Regions of all open pictures</source>
        <translation>Bereiche aller offenen Bilder</translation>
    </message>
    <message>
        <source>Compare on the canvas</source>
        <translation>Auf der Leinwand vergleichen</translation>
    </message>
    <message>
        <source>Show the wipe, difference, blink or change map on the canvas, too; nothing of it is saved</source>
        <translation>Wischen, Unterschied, Blinken oder Änderungskarte auch auf der Leinwand zeigen; nichts davon wird gespeichert</translation>
    </message>
    <message>
        <source>Beyond 100 % its change is increased, in its place.</source>
        <translation>Über 100 % wird seine Änderung an derselben Stelle verstärkt.</translation>
    </message>
    <message>
        <source>Choose that model below, or install one first.</source>
        <translation>Wählen Sie dieses Modell unten, oder installieren Sie erst eines.</translation>
    </message>
    <message>
        <source>Other parts from…</source>
        <translation>Übrige Teile aus …</translation>
    </message>
    <message>
        <source>This file holds only what paints; the rest has to come from an installed model of its kind.</source>
        <translation>Diese Datei enthält nur den malenden Teil; der Rest muss aus einem installierten Modell derselben Art kommen.</translation>
    </message>
    <message>
        <source>Whose other parts it takes</source>
        <translation>Wessen übrige Teile sie nimmt</translation>
    </message>
    <message>
        <source>The model wrote: {words}</source>
        <translation>Das Modell schrieb: {words}</translation>
    </message>
    <message>
        <source>You added this.</source>
        <translation>Das haben Sie ergänzt.</translation>
    </message>
    <message>
        <source>Choose a name that ends in .png, .webp or .tif.</source>
        <translation>Wählen Sie einen Namen mit der Endung .png, .webp oder .tif.</translation>
    </message>
    <message>
        <source>Choose a name that ends in .tif, or in .png for up to 16 bits.</source>
        <translation>Wählen Sie einen Namen mit der Endung .tif, bis 16 Bit auch .png.</translation>
    </message>
    <message>
        <source>Choose a name that ends in .tif.</source>
        <translation>Wählen Sie einen Namen mit der Endung .tif.</translation>
    </message>
    <message>
        <source>Files of this kind cannot hold the picture&apos;s depth.</source>
        <translation>Dateien dieser Art können die Farbtiefe des Bildes nicht aufnehmen.</translation>
    </message>
    <message>
        <source>Files of this kind cannot hold the picture&apos;s transparency.</source>
        <translation>Dateien dieser Art können die Transparenz des Bildes nicht aufnehmen.</translation>
    </message>
    <message>
        <source>JPEG compression changed colours by up to {percent} %</source>
        <translation>die JPEG-Kompression hat Farben um bis zu {percent} % verändert</translation>
    </message>
    <message>
        <source>Saved file</source>
        <translation>Gespeicherte Datei</translation>
    </message>
    <message>
        <source>The picture has more pixels to a side than files of this kind can hold.</source>
        <translation>Das Bild hat auf einer Seite mehr Pixel, als Dateien dieser Art aufnehmen können.</translation>
    </message>
    <message>
        <source>further pages, frames or layers of {name} are not in it</source>
        <translation>weitere Seiten, Einzelbilder oder Ebenen von {name} sind nicht darin</translation>
    </message>
    <message>
        <source>{option} off</source>
        <translation>{option} aus</translation>
    </message>
</context>
</TS>
