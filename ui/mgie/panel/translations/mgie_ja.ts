<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>mgie</name>
    <message numerus="yes">
        <source>%n results are not placed yet.</source>
        <translation>
            <numerusform>%n 件の結果がまだ配置されていません。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n variations</source>
        <translation>
            <numerusform>%n 通り</numerusform>
        </translation>
    </message>
    <message>
        <source>A result that could not be placed</source>
        <translation>配置できなかった結果</translation>
    </message>
    <message>
        <source>A setting is out of range.</source>
        <translation>設定値が範囲外です。</translation>
    </message>
    <message>
        <source>About {percent} % likely</source>
        <translation>確率 約 {percent} %</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Add all saved selections</source>
        <translation>保存された選択範囲をすべて追加</translation>
    </message>
    <message>
        <source>Add regions</source>
        <translation>領域を追加</translation>
    </message>
    <message>
        <source>Add selection</source>
        <translation>選択範囲を追加</translation>
    </message>
    <message>
        <source>Add the current selection as a region with its own instruction (Ctrl+Shift+A)</source>
        <translation>現在の選択範囲を、個別の指示を持つ領域として追加します (Ctrl+Shift+A)</translation>
    </message>
    <message>
        <source>All visible layers</source>
        <translation>すべてのレイヤー</translation>
    </message>
    <message>
        <source>Ask its owner for the fingerprint that “mgie status” prints there.</source>
        <translation>そのコンピューターで「mgie status」が表示するフィンガープリントを管理者に確認してください。</translation>
    </message>
    <message>
        <source>Back to the model&apos;s words</source>
        <translation>モデルの文章に戻す</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>バックエンド</translation>
    </message>
    <message>
        <source>Backend lost; reconnecting automatically</source>
        <translation>バックエンドとの接続が切れました。自動的に再接続します</translation>
    </message>
    <message>
        <source>Backend not running</source>
        <translation>バックエンドは停止しています</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>標準</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>編集前</translation>
    </message>
    <message>
        <source>Beyond this model; nothing was changed</source>
        <translation>対応できません。変更はありません</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>キャンセル</translation>
    </message>
    <message>
        <source>Cannot be edited as it is</source>
        <translation>このままでは編集できません</translation>
    </message>
    <message>
        <source>Choose a name that ends in .png, .jpg, .tif or .webp.</source>
        <translation>拡張子が .png、.jpg、.tif、.webp のいずれかの名前を選んでください。</translation>
    </message>
    <message>
        <source>Choose a preset.</source>
        <translation>プリセットを選んでください。</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>別のファイルを選んでください。</translation>
    </message>
    <message>
        <source>Clear list</source>
        <translation>リストを消去</translation>
    </message>
    <message>
        <source>Click to preview, double-click to place</source>
        <translation>クリックでプレビュー、ダブルクリックで配置</translation>
    </message>
    <message>
        <source>Close its open dialogs, then try again.</source>
        <translation>開いているダイアログを閉じてから、もう一度試してください。</translation>
    </message>
    <message>
        <source>Close other programs that use the graphics card, or make fewer variations.</source>
        <translation>グラフィックカードを使うほかのプログラムを終了するか、バリエーションの数を減らしてください。</translation>
    </message>
    <message>
        <source>Close the panel and open it again from the menu.</source>
        <translation>パネルを閉じ、メニューから開き直してください。</translation>
    </message>
    <message>
        <source>Connection lost; reconnecting automatically. The edit continues</source>
        <translation>接続が切れました。自動的に再接続します。編集は続いています</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>続行</translation>
    </message>
    <message>
        <source>Continue with your text</source>
        <translation>修正した文章で続行</translation>
    </message>
    <message>
        <source>Convert it to RGB or grayscale, then try again.</source>
        <translation>RGB またはグレースケールに変換してから、もう一度試してください。</translation>
    </message>
    <message>
        <source>Declined</source>
        <translation>対応不可</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>破棄</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>閉じる</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>ドキュメント</translation>
    </message>
    <message>
        <source>Document to edit</source>
        <translation>編集するドキュメント</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完了</translation>
    </message>
    <message>
        <source>Done, but not placed: kept below</source>
        <translation>未配置です。下に保管しています</translation>
    </message>
    <message>
        <source>Done: choose a variation to place</source>
        <translation>完了: 配置するバリエーションを選んでください</translation>
    </message>
    <message>
        <source>Done: placed as a new layer</source>
        <translation>完了: 新しいレイヤーとして配置しました</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>下書き</translation>
    </message>
    <message>
        <source>Earlier instructions</source>
        <translation>以前の指示</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>編集</translation>
    </message>
    <message numerus="yes">
        <source>Edit %n regions</source>
        <translation>
            <numerusform>%n 個の領域を編集</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Edit %n regions again</source>
        <translation>
            <numerusform>%n 個の領域を再編集</numerusform>
        </translation>
    </message>
    <message>
        <source>Edit 1 region</source>
        <translation>1 個の領域を編集</translation>
    </message>
    <message>
        <source>Edit 1 region again</source>
        <translation>1 個の領域を再編集</translation>
    </message>
    <message>
        <source>Edit layer</source>
        <translation>レイヤーを編集</translation>
    </message>
    <message>
        <source>Edit picture</source>
        <translation>画像を編集</translation>
    </message>
    <message>
        <source>Edit selection</source>
        <translation>選択範囲を編集</translation>
    </message>
    <message>
        <source>Edit what you see, or only the active layer</source>
        <translation>見えているもの全体、またはアクティブレイヤーだけを編集します</translation>
    </message>
    <message>
        <source>Edit with an instruction</source>
        <translation>指示文で編集</translation>
    </message>
    <message>
        <source>Edit with your text</source>
        <translation>修正した文章で編集</translation>
    </message>
    <message>
        <source>Stop now and keep the picture as it is so far (Ctrl+K)</source>
        <translation>現在の途中結果で編集を終了します (Ctrl+K)</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失敗</translation>
    </message>
    <message>
        <source>Failed; nothing was changed</source>
        <translation>失敗しました。何も変更されていません</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>ファイル</translation>
    </message>
    <message>
        <source>Finishing at full resolution</source>
        <translation>フル解像度で仕上げ中</translation>
    </message>
    <message>
        <source>Free some space, then try again.</source>
        <translation>空き容量を増やしてから、もう一度試してください。</translation>
    </message>
    <message>
        <source>Here the model writes what the instruction means in this picture. You can correct it.</source>
        <translation>この画像での指示の意味をモデルがここに書きます。修正できます。</translation>
    </message>
    <message>
        <source>How closely the picture is kept; 1 switches this guidance off.</source>
        <translation>元の画像をどれだけ保つか。1 にするとこのガイダンスは無効です。</translation>
    </message>
    <message>
        <source>How closely the words are followed.</source>
        <translation>文章にどれだけ忠実に従うか。</translation>
    </message>
    <message>
        <source>How closely the words are followed; 1 switches this guidance off and is twice as fast.</source>
        <translation>文章にどれだけ忠実に従うか。1 にするとこのガイダンスは無効になり、2 倍速くなります。</translation>
    </message>
    <message>
        <source>How closely the words are followed; 1 switches this guidance off.</source>
        <translation>文章にどれだけ忠実に従うか。1 にするとこのガイダンスは無効です。</translation>
    </message>
    <message>
        <source>How many variations to make</source>
        <translation>作成するバリエーションの数</translation>
    </message>
    <message>
        <source>How noise is removed: euler_a as published, the others in fewer steps.</source>
        <translation>ノイズの除去方法。euler_a は論文どおり、ほかは少ないステップで済みます。</translation>
    </message>
    <message>
        <source>How often noise is removed: more steps take longer and add detail.</source>
        <translation>ノイズを除去する回数。ステップが多いほど時間がかかり、細部が増えます。</translation>
    </message>
    <message>
        <source>How strongly the picture may change</source>
        <translation>画像をどれだけ変えてよいか</translation>
    </message>
    <message>
        <source>Install the model again.</source>
        <translation>モデルをインストールし直してください。</translation>
    </message>
    <message>
        <source>Instruction</source>
        <translation>指示</translation>
    </message>
    <message>
        <source>Instruction for this region</source>
        <translation>この領域への指示</translation>
    </message>
    <message>
        <source>Keep as files</source>
        <translation>ファイルとして残す</translation>
    </message>
    <message>
        <source>Keep original</source>
        <translation>元画像の維持</translation>
    </message>
    <message>
        <source>Keep them as picture files, or discard them?</source>
        <translation>画像ファイルとして残しますか、それとも破棄しますか？</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>レイヤー</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>モデルを読み込み中</translation>
    </message>
    <message>
        <source>Loading {model}</source>
        <translation>{model} を読み込み中</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>固定</translation>
    </message>
    <message>
        <source>Lock the seed</source>
        <translation>シードを固定</translation>
    </message>
    <message>
        <source>Look at these variations again and place one</source>
        <translation>これらのバリエーションをもう一度見て、配置します</translation>
    </message>
    <message>
        <source>Looking at the picture and writing</source>
        <translation>画像を見て文章を書いています</translation>
    </message>
    <message>
        <source>Looking for the backend</source>
        <translation>バックエンドを探しています</translation>
    </message>
    <message>
        <source>MGIE</source>
        <translation>MGIE</translation>
    </message>
    <message numerus="yes">
        <source>Make %n variations</source>
        <translation>
            <numerusform>%n 件のバリエーションを作成</numerusform>
        </translation>
    </message>
    <message>
        <source>Model</source>
        <translation>モデル</translation>
    </message>
    <message>
        <source>More settings</source>
        <translation>詳細設定</translation>
    </message>
    <message>
        <source>No picture open</source>
        <translation>画像が開かれていません</translation>
    </message>
    <message>
        <source>None of these</source>
        <translation>どれも使わない</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>注意</translation>
    </message>
    <message>
        <source>Nothing is selected.</source>
        <translation>何も選択されていません。</translation>
    </message>
    <message>
        <source>Nothing was changed. Update MGIE so that the panel and the backend have the same version.</source>
        <translation>何も変更されていません。MGIE を更新し、パネルとバックエンドを同じバージョンにしてください。</translation>
    </message>
    <message>
        <source>One result</source>
        <translation>結果 1 件</translation>
    </message>
    <message>
        <source>One result is not placed yet.</source>
        <translation>1 件の結果がまだ配置されていません。</translation>
    </message>
    <message>
        <source>Open a picture first.</source>
        <translation>先に画像を開いてください。</translation>
    </message>
    <message>
        <source>Open a picture in {host}.</source>
        <translation>{host} で画像を開いてください。</translation>
    </message>
    <message>
        <source>Open it again and place the result, or save it as a file.</source>
        <translation>開き直して結果を配置するか、ファイルとして保存してください。</translation>
    </message>
    <message>
        <source>Open pictures</source>
        <translation>画像を開く</translation>
    </message>
    <message>
        <source>Open the panel again from its menu; results are kept here.</source>
        <translation>メニューからパネルを開き直してください。結果はここに残ります。</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>オプション</translation>
    </message>
    <message>
        <source>Other results of “{words}”</source>
        <translation>「{words}」のほかの結果</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>カスタム設定</translation>
    </message>
    <message>
        <source>Painting</source>
        <translation>描画中</translation>
    </message>
    <message>
        <source>Painting program</source>
        <translation>ペイントソフト</translation>
    </message>
    <message>
        <source>Part of the document</source>
        <translation>ドキュメントの一部</translation>
    </message>
    <message>
        <source>Pause before painting</source>
        <translation>描画前に一時停止</translation>
    </message>
    <message>
        <source>Pause when the words are written, so that you can correct them before painting (Ctrl+H)</source>
        <translation>文章が書けた時点で一時停止し、描画前に修正できるようにします (Ctrl+H)</translation>
    </message>
    <message>
        <source>Picture of what will be edited</source>
        <translation>編集対象の画像</translation>
    </message>
    <message>
        <source>Pictures cannot be saved under a name with this ending.</source>
        <translation>この拡張子では画像を保存できません。</translation>
    </message>
    <message>
        <source>Pictures of this colour model cannot be edited.</source>
        <translation>このカラーモデルの画像は編集できません。</translation>
    </message>
    <message>
        <source>Place again</source>
        <translation>もう一度配置</translation>
    </message>
    <message>
        <source>Place here</source>
        <translation>ここに配置</translation>
    </message>
    <message>
        <source>Place it in the document it was made for</source>
        <translation>作成元のドキュメントに配置します</translation>
    </message>
    <message>
        <source>Place it in the document that is open now</source>
        <translation>現在開いているドキュメントに配置します</translation>
    </message>
    <message>
        <source>Place none of them; the picture stays as it is</source>
        <translation>どれも配置しません。画像はそのままです</translation>
    </message>
    <message>
        <source>Place the result where you want it, or save it as a file.</source>
        <translation>結果を好きな場所に配置するか、ファイルとして保存してください。</translation>
    </message>
    <message numerus="yes">
        <source>Place variation %n</source>
        <translation>
            <numerusform>バリエーション %n を配置</numerusform>
        </translation>
    </message>
    <message>
        <source>Placing the new layer</source>
        <translation>新しいレイヤーを配置中</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>プリセット</translation>
    </message>
    <message>
        <source>Press Edit to make it again.</source>
        <translation>「編集」を押すともう一度実行します。</translation>
    </message>
    <message>
        <source>Press “Start again”; “mgie doctor” finds the cause.</source>
        <translation>「再起動」を押してください。原因は「mgie doctor」で調べられます。</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>プレビュー</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>問題</translation>
    </message>
    <message>
        <source>Program and pixel format</source>
        <translation>プログラムとピクセル形式</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>進行状況</translation>
    </message>
    <message>
        <source>Progress of the edit</source>
        <translation>編集の進行状況</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>質問</translation>
    </message>
    <message>
        <source>Reading the picture</source>
        <translation>画像を読み取り中</translation>
    </message>
    <message>
        <source>Reconnecting automatically; your words are kept.</source>
        <translation>自動的に再接続します。入力した文章は残ります。</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>領域</translation>
    </message>
    <message>
        <source>Regions</source>
        <translation>領域</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>リストから削除</translation>
    </message>
    <message>
        <source>Results not placed yet</source>
        <translation>未配置の結果があります</translation>
    </message>
    <message>
        <source>Results that could not be placed</source>
        <translation>配置できなかった結果</translation>
    </message>
    <message>
        <source>Run “mgie install” again and restart the painting program.</source>
        <translation>「mgie install」を再実行し、ペイントソフトを再起動してください。</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>サンプラー</translation>
    </message>
    <message>
        <source>Save a copy</source>
        <translation>コピーを保存</translation>
    </message>
    <message>
        <source>Save a selection as a channel or mask first.</source>
        <translation>先に選択範囲をチャンネルまたはマスクとして保存してください。</translation>
    </message>
    <message>
        <source>Save as a file</source>
        <translation>ファイルとして保存</translation>
    </message>
    <message>
        <source>Save the result</source>
        <translation>結果を保存</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>シード</translation>
    </message>
    <message>
        <source>Select a layer and try again.</source>
        <translation>レイヤーを選んで、もう一度試してください。</translation>
    </message>
    <message>
        <source>Select a part of the picture, then add it.</source>
        <translation>画像の一部を選択してから追加してください。</translation>
    </message>
    <message>
        <source>Select a smaller part, or scale it down first.</source>
        <translation>より小さい範囲を選択するか、先に縮小してください。</translation>
    </message>
    <message>
        <source>Select a smaller part.</source>
        <translation>より小さい範囲を選択してください。</translation>
    </message>
    <message>
        <source>Select the area again.</source>
        <translation>範囲を選択し直してください。</translation>
    </message>
    <message>
        <source>Select what should change, or select nothing at all.</source>
        <translation>変更したい部分を選択するか、選択を解除してください。</translation>
    </message>
    <message>
        <source>Selection</source>
        <translation>選択範囲</translation>
    </message>
    <message>
        <source>Selection {size}</source>
        <translation>選択範囲 {size}</translation>
    </message>
    <message>
        <source>Sending the picture</source>
        <translation>画像を送信中</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>標準</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>再起動</translation>
    </message>
    <message>
        <source>Start the backend again</source>
        <translation>バックエンドを再起動</translation>
    </message>
    <message>
        <source>Starting the backend</source>
        <translation>バックエンドを起動中</translation>
    </message>
    <message>
        <source>State of the backend</source>
        <translation>バックエンドの状態</translation>
    </message>
    <message>
        <source>Status of the region</source>
        <translation>領域の状態</translation>
    </message>
    <message>
        <source>Step {step} of {steps}</source>
        <translation>ステップ {step} / {steps}</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>ステップ数</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>停止して採用</translation>
    </message>
    <message>
        <source>Stop; nothing is changed (Esc)</source>
        <translation>停止します。何も変更されません (Esc)</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>停止済み</translation>
    </message>
    <message>
        <source>Stopped; nothing was changed</source>
        <translation>停止しました。何も変更されていません</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>停止中</translation>
    </message>
    <message>
        <source>Stopping after the current step.</source>
        <translation>現在のステップの後に停止します。</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>強さ</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>強め</translation>
    </message>
    <message>
        <source>Subtle</source>
        <translation>控えめ</translation>
    </message>
    <message>
        <source>The active layer</source>
        <translation>アクティブレイヤー</translation>
    </message>
    <message>
        <source>The active layer is in a hidden group. Show the group, or edit all visible layers.</source>
        <translation>アクティブレイヤーは非表示のグループ内にあります。グループを表示するか、すべての可視レイヤーを編集してください。</translation>
    </message>
    <message>
        <source>The active layer is in a locked group. Unlock the group, or edit all visible layers.</source>
        <translation>アクティブレイヤーはロックされたグループ内にあります。ロックを解除するか、すべての可視レイヤーを編集してください。</translation>
    </message>
    <message>
        <source>The backend could not be started.</source>
        <translation>バックエンドを起動できませんでした。</translation>
    </message>
    <message>
        <source>The backend does not answer.</source>
        <translation>バックエンドが応答しません。</translation>
    </message>
    <message>
        <source>The backend failed on this edit.</source>
        <translation>バックエンドがこの編集に失敗しました。</translation>
    </message>
    <message>
        <source>The backend is busy.</source>
        <translation>バックエンドは処理中です。</translation>
    </message>
    <message>
        <source>The backend is not running; start it below.</source>
        <translation>バックエンドが動いていません。下で起動してください。</translation>
    </message>
    <message>
        <source>The backend no longer knows this edit.</source>
        <translation>この編集はバックエンドに残っていません。</translation>
    </message>
    <message>
        <source>The backend refused this panel.</source>
        <translation>バックエンドがこのパネルを拒否しました。</translation>
    </message>
    <message>
        <source>The backend&apos;s certificate is not the one you trusted.</source>
        <translation>バックエンドの証明書が、信頼したものと異なります。</translation>
    </message>
    <message>
        <source>The backend was restarted during the edit.</source>
        <translation>編集中にバックエンドが再起動しました。</translation>
    </message>
    <message>
        <source>The backend&apos;s answer does not fit this document.</source>
        <translation>バックエンドの応答がこのドキュメントに合いません。</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>ディスクの空き容量がありません。</translation>
    </message>
    <message>
        <source>The document to edit</source>
        <translation>編集するドキュメント</translation>
    </message>
    <message>
        <source>The document was closed.</source>
        <translation>ドキュメントが閉じられました。</translation>
    </message>
    <message>
        <source>The document&apos;s colour format has changed since.</source>
        <translation>ドキュメントの色形式が変更されました。</translation>
    </message>
    <message>
        <source>The document&apos;s size has changed since.</source>
        <translation>ドキュメントのサイズが変更されました。</translation>
    </message>
    <message>
        <source>The edit failed: {detail}</source>
        <translation>編集に失敗しました: {detail}</translation>
    </message>
    <message>
        <source>The instruction cannot be used.</source>
        <translation>この指示は使えません。</translation>
    </message>
    <message>
        <source>The language model did not finish its answer, so the edit may not follow the instruction; word it differently or correct the text.</source>
        <translation>言語モデルが回答を完了できなかったため、指示どおりにならないことがあります。別の言い方にするか、文章を修正してください。</translation>
    </message>
    <message>
        <source>The layer is no longer there.</source>
        <translation>レイヤーが見つかりません。</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>モデル</translation>
    </message>
    <message>
        <source>The model is not installed on this computer.</source>
        <translation>モデルがこのコンピューターにインストールされていません。</translation>
    </message>
    <message>
        <source>The model that edits this document</source>
        <translation>このドキュメントを編集するモデル</translation>
    </message>
    <message>
        <source>The model&apos;s files are damaged.</source>
        <translation>モデルのファイルが破損しています。</translation>
    </message>
    <message>
        <source>The model&apos;s files are not what they should be.</source>
        <translation>モデルのファイルが本来のものと異なります。</translation>
    </message>
    <message>
        <source>The model&apos;s plan</source>
        <translation>モデルのプラン</translation>
    </message>
    <message>
        <source>The model&apos;s words</source>
        <translation>モデルの文章</translation>
    </message>
    <message>
        <source>The model&apos;s words, or what went wrong</source>
        <translation>モデルの文章、または問題の内容</translation>
    </message>
    <message>
        <source>{host} could not place it.</source>
        <translation>{host} が配置できませんでした。</translation>
    </message>
    <message>
        <source>{host} did not answer in time.</source>
        <translation>{host} が時間内に応答しませんでした。</translation>
    </message>
    <message>
        <source>{host} does not answer.</source>
        <translation>{host} が応答しません。</translation>
    </message>
    <message>
        <source>The painting program</source>
        <translation>ペイントソフト</translation>
    </message>
    <message>
        <source>The painting program is not connected.</source>
        <translation>ペイントソフトに接続していません。</translation>
    </message>
    <message>
        <source>The picture as it develops. Press and hold, or hold the space bar, to see the original.</source>
        <translation>生成中の画像です。押すか、スペースキーを押している間は編集前を表示します。</translation>
    </message>
    <message>
        <source>The picture is larger than the backend accepts.</source>
        <translation>画像がバックエンドの上限を超えています。</translation>
    </message>
    <message>
        <source>The picture to edit</source>
        <translation>編集する画像</translation>
    </message>
    <message>
        <source>The plug-in and the panel have different versions.</source>
        <translation>プラグインとパネルのバージョンが異なります。</translation>
    </message>
    <message>
        <source>The region is too large.</source>
        <translation>領域が大きすぎます。</translation>
    </message>
    <message>
        <source>The same seed and settings give the same picture</source>
        <translation>シードと設定が同じなら、同じ画像になります</translation>
    </message>
    <message>
        <source>The selection covers nothing.</source>
        <translation>選択範囲が空です。</translation>
    </message>
    <message>
        <source>The selection does not fit the picture.</source>
        <translation>選択範囲が画像に合いません。</translation>
    </message>
    <message>
        <source>There is no instruction.</source>
        <translation>指示がありません。</translation>
    </message>
    <message>
        <source>There is not enough free memory for this edit.</source>
        <translation>この編集に必要な空きメモリーが足りません。</translation>
    </message>
    <message>
        <source>There is nothing to keep yet.</source>
        <translation>採用できるものがまだありません。</translation>
    </message>
    <message>
        <source>This document cannot be edited as it is.</source>
        <translation>このドキュメントはこのままでは編集できません。</translation>
    </message>
    <message>
        <source>This document has no saved selections.</source>
        <translation>このドキュメントには保存された選択範囲がありません。</translation>
    </message>
    <message>
        <source>This document is grayscale, so changes of colour will not show. Convert it to RGB to see them.</source>
        <translation>このドキュメントはグレースケールのため、色の変更は見えません。色を変えるには RGB に変換してください。</translation>
    </message>
    <message>
        <source>This picture cannot be edited.</source>
        <translation>この画像は編集できません。</translation>
    </message>
    <message numerus="yes">
        <source>Try %n regions again</source>
        <translation>
            <numerusform>%n 個の領域を再試行</numerusform>
        </translation>
    </message>
    <message>
        <source>Try 1 region again</source>
        <translation>1 個の領域を再試行</translation>
    </message>
    <message>
        <source>Try again; if that fails too, save the result as a file.</source>
        <translation>もう一度試し、それでも失敗する場合は結果をファイルとして保存してください。</translation>
    </message>
    <message>
        <source>Try again; nothing in your picture was changed.</source>
        <translation>もう一度試してください。画像は変更されていません。</translation>
    </message>
    <message>
        <source>Try again; “mgie logs” tells more.</source>
        <translation>もう一度試してください。詳しくは「mgie logs」で確認できます。</translation>
    </message>
    <message>
        <source>Undo correction</source>
        <translation>修正を取り消す</translation>
    </message>
    <message>
        <source>Undone: its layer is no longer in the picture</source>
        <translation>取り消し済み: レイヤーは画像にありません</translation>
    </message>
    <message>
        <source>Use a shorter sentence in plain words.</source>
        <translation>短く平易な文にしてください。</translation>
    </message>
    <message>
        <source>Variation {number}</source>
        <translation>バリエーション {number}</translation>
    </message>
    <message>
        <source>Variations</source>
        <translation>バリエーション</translation>
    </message>
    <message>
        <source>Variations that were not chosen</source>
        <translation>選ばれなかったバリエーション</translation>
    </message>
    <message>
        <source>Wait for the first step.</source>
        <translation>最初のステップを待ってください。</translation>
    </message>
    <message>
        <source>Wait until other edits are done, then try again.</source>
        <translation>ほかの編集が終わってから、もう一度試してください。</translation>
    </message>
    <message>
        <source>Waiting for the backend to start</source>
        <translation>バックエンドの起動を待っています</translation>
    </message>
    <message>
        <source>Waiting for you: correct the text or continue</source>
        <translation>待機中: 文章を修正するか、続行してください</translation>
    </message>
    <message numerus="yes">
        <source>Waiting, %n ahead</source>
        <translation>
            <numerusform>待機中 (前に %n 件)</numerusform>
        </translation>
    </message>
    <message>
        <source>What should change here?</source>
        <translation>ここをどう変えますか？</translation>
    </message>
    <message>
        <source>What the instruction may mean</source>
        <translation>指示の解釈</translation>
    </message>
    <message>
        <source>What the model cannot do</source>
        <translation>モデルにできないこと</translation>
    </message>
    <message>
        <source>What the model makes of the instruction. You may correct it.</source>
        <translation>モデルによる指示の解釈です。修正できます。</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>対処方法</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>問題の内容</translation>
    </message>
    <message>
        <source>What will be edited</source>
        <translation>編集対象</translation>
    </message>
    <message>
        <source>Which one do you mean?</source>
        <translation>どちらの意味ですか？</translation>
    </message>
    <message>
        <source>Picture {size}</source>
        <translation>画像 {size}</translation>
    </message>
    <message>
        <source>Why it could not be placed</source>
        <translation>配置できなかった理由</translation>
    </message>
    <message>
        <source>Why nothing was changed</source>
        <translation>変更されなかった理由</translation>
    </message>
    <message>
        <source>Write what should change.</source>
        <translation>変更したい内容を書いてください。</translation>
    </message>
    <message>
        <source>Write what should change. Return edits, Up and Down bring back earlier instructions.</source>
        <translation>変更したい内容を書いてください。Enter で編集、上下キーで以前の指示を呼び出します。</translation>
    </message>
    <message>
        <source>Write “{words}” instead</source>
        <translation>代わりに「{words}」と書く</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>記述中</translation>
    </message>
    <message>
        <source>adds, removes, replaces and restyles things</source>
        <translation>物の追加・削除・置き換え・画風の変更</translation>
    </message>
    <message>
        <source>adds, replaces and removes things</source>
        <translation>物の追加・置き換え・削除</translation>
    </message>
    <message>
        <source>all layers</source>
        <translation>全レイヤー</translation>
    </message>
    <message>
        <source>changes text in the picture</source>
        <translation>画像内の文字の変更</translation>
    </message>
    <message>
        <source>placed</source>
        <translation>配置済み</translation>
    </message>
    <message>
        <source>recolours, relights and restyles</source>
        <translation>色・光・画風の変更</translation>
    </message>
    <message>
        <source>sees the picture and writes what to change, for a painter</source>
        <translation>画像を見て、描画モデルのために変更内容を書きます</translation>
    </message>
    <message>
        <source>the request is beyond what the model can do</source>
        <translation>この依頼はモデルの能力を超えています</translation>
    </message>
    <message>
        <source>{action} (Ctrl+Return)</source>
        <translation>{action} (Ctrl+Enter)</translation>
    </message>
    <message>
        <source>{bits} float</source>
        <translation>{bits} 浮動小数点</translation>
    </message>
    <message>
        <source>{bits}-bit</source>
        <translation>{bits} ビット</translation>
    </message>
    <message>
        <source>{ended} of {all} regions finished</source>
        <translation>{all} 個中 {ended} 個の領域が完了</translation>
    </message>
    <message>
        <source>{host} is not connected</source>
        <translation>{host} に接続していません</translation>
    </message>
    <message>
        <source>{instruction} + {count} more</source>
        <translation>{instruction} ほか {count} 件</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>{steps}, {time} left</source>
        <translation>{steps}、残り {time}</translation>
    </message>
    <message>
        <source>{why} Possible instead: {suggestions}</source>
        <translation>{why} 代わりにできること: {suggestions}</translation>
    </message>
    <message>
        <source>{words}, {count} without a result</source>
        <translation>{words}、{count} 個は結果なし</translation>
    </message>
    <message>
        <source>“{instruction}” for {document} is kept here.</source>
        <translation>{document} 用の「{instruction}」をここに保管しています。</translation>
    </message>
    <message>
        <source>An indexed image has too few colours for an edit; choose Image &gt; Mode &gt; RGB first.</source>
        <translation>インデックスカラーの画像は色数が足りず編集できません。先に「画像」&gt;「モード」&gt;「RGB」を選んでください。</translation>
    </message>
    <message>
        <source>Documents of this colour model cannot be edited; choose Image &gt; Convert Image Color Space and RGB first.</source>
        <translation>このカラーモデルのドキュメントは編集できません。先に「画像」&gt;「画像の色空間を変換」で RGB を選んでください。</translation>
    </message>
    <message>
        <source>Redo: bring the layer back</source>
        <translation>やり直し: レイヤーを戻します</translation>
    </message>
    <message>
        <source>Undo: take the last layer back</source>
        <translation>取り消し: 最後のレイヤーを取り消します</translation>
    </message>
    <message>
        <source>faithful</source>
        <translation>忠実</translation>
    </message>
    <message>
        <source>faster</source>
        <translation>速い</translation>
    </message>
    <message>
        <source>finer</source>
        <translation>精細</translation>
    </message>
    <message>
        <source>free</source>
        <translation>自由</translation>
    </message>
    <message>
        <source>gentle</source>
        <translation>穏やか</translation>
    </message>
    <message>
        <source>literal</source>
        <translation>文章どおり</translation>
    </message>
    <message>
        <source>Drag to select a part, double-click to clear the selection, press and hold to see the original. Arrow keys move the selection, with Shift they resize it; Delete clears it.</source>
        <translation>ドラッグで一部を選択、ダブルクリックで選択解除、押している間は編集前を表示します。矢印キーで選択範囲を移動、Shift と矢印キーでサイズを変更、Delete で選択解除します。</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>詳細</translation>
    </message>
    <message>
        <source>All settings: the model&apos;s options, mask, seed (Ctrl+M)</source>
        <translation>すべての設定: モデルのオプション、マスク、シード (Ctrl+M)</translation>
    </message>
    <message>
        <source>Another seed</source>
        <translation>別のシード</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自動</translation>
    </message>
    <message>
        <source>Choose another name or folder.</source>
        <translation>別の名前かフォルダーを選んでください。</translation>
    </message>
    <message>
        <source>For example: {example}</source>
        <translation>例: {example}</translation>
    </message>
    <message>
        <source>How it lands</source>
        <translation>反映方法</translation>
    </message>
    <message>
        <source>Ideas</source>
        <translation>アイデア</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>マスク</translation>
    </message>
    <message>
        <source>Mask of the next edit</source>
        <translation>次の編集のマスク</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.ora)</source>
        <translation>画像 (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.ora)</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.webp)</source>
        <translation>画像 (*.png *.jpg *.jpeg *.tif *.tiff *.webp)</translation>
    </message>
    <message>
        <source>Pictures (*.png *.tif *.tiff *.webp)</source>
        <translation>画像 (*.png *.tif *.tiff *.webp)</translation>
    </message>
    <message>
        <source>Recolour</source>
        <translation>色のみ変更</translation>
    </message>
    <message>
        <source>Red: what will be edited, fading where the edit ends</source>
        <translation>赤: 編集される部分。端に向かって薄くなります</translation>
    </message>
    <message>
        <source>Repaint</source>
        <translation>描き直し</translation>
    </message>
    <message>
        <source>Reset {name}</source>
        <translation>{name} をリセット</translation>
    </message>
    <message>
        <source>Saved as {name}</source>
        <translation>{name} として保存しました</translation>
    </message>
    <message>
        <source>Selection only</source>
        <translation>選択範囲のみ</translation>
    </message>
    <message>
        <source>Starting the edit</source>
        <translation>編集を開始しています</translation>
    </message>
    <message>
        <source>Pick another seed and lock it</source>
        <translation>別のシードにして固定します</translation>
    </message>
    <message>
        <source>The copy that was saved</source>
        <translation>保存したコピー</translation>
    </message>
    <message>
        <source>The file could not be read: {detail}</source>
        <translation>ファイルを読み込めませんでした: {detail}</translation>
    </message>
    <message>
        <source>The file could not be written: {detail}</source>
        <translation>ファイルを書き込めませんでした: {detail}</translation>
    </message>
    <message>
        <source>Use this seed for every edit; otherwise each draws its own</source>
        <translation>毎回このシードを使います。オフの場合は編集ごとに新しいシードを使います</translation>
    </message>
    <message>
        <source>What should change?</source>
        <translation>何を変えますか？</translation>
    </message>
    <message>
        <source>Whole picture</source>
        <translation>画像全体</translation>
    </message>
    <message>
        <source>Write this into the instruction</source>
        <translation>指示に書き込みます</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>準備完了</translation>
    </message>
    <message>
        <source>ready on {device}</source>
        <translation>準備完了 ({device})</translation>
    </message>
    <message>
        <source>{name}, slider</source>
        <translation>{name} スライダー</translation>
    </message>
    <message>
        <source>Around it</source>
        <translation>周囲</translation>
    </message>
    <message>
        <source>Blend</source>
        <translation>なじませ</translation>
    </message>
    <message>
        <source>Colour match</source>
        <translation>色合わせ</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>参照範囲</translation>
    </message>
    <message>
        <source>Correct drift</source>
        <translation>ずれを補正</translation>
    </message>
    <message>
        <source>Feather</source>
        <translation>境界をぼかす</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>拡大</translation>
    </message>
    <message>
        <source>How far new content takes on the colours of its surroundings.</source>
        <translation>新しい内容を周囲の色にどれだけ合わせるか。</translation>
    </message>
    <message>
        <source>How much around the selection the model sees, in lengths of its longer side.</source>
        <translation>モデルが選択範囲の周囲をどれだけ見るか (長辺に対する比)。</translation>
    </message>
    <message>
        <source>How much of a tile&apos;s side is shared with its neighbour.</source>
        <translation>タイルの辺のうち、隣のタイルと重なる割合。</translation>
    </message>
    <message>
        <source>How much of the picture the model sees around the selection.</source>
        <translation>モデルが選択範囲の周囲の画像をどれだけ見るか。</translation>
    </message>
    <message>
        <source>How softly the edit ends inside the selection.</source>
        <translation>選択範囲の内側で編集をどれだけなだらかに終えるか。</translation>
    </message>
    <message>
        <source>New content that would be enlarged more than this is made in tiles.</source>
        <translation>これより大きく拡大される新しい内容は、タイルに分けて生成します。</translation>
    </message>
    <message>
        <source>The width over which new content blends into its surroundings.</source>
        <translation>新しい内容を周囲になじませる幅。</translation>
    </message>
    <message>
        <source>Recolour the picture&apos;s own pixels, or take the model&apos;s.</source>
        <translation>元画像のピクセルの色を変えるか、モデルのピクセルを使うか。</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>結果</translation>
    </message>
    <message>
        <source>Show the model squares only, as models trained on squares expect.</source>
        <translation>正方形で学習したモデル向けに、正方形の画像だけを見せます。</translation>
    </message>
    <message>
        <source>Square view</source>
        <translation>正方形で見せる</translation>
    </message>
    <message>
        <source>Tile from</source>
        <translation>タイル分割の倍率</translation>
    </message>
    <message>
        <source>Tile overlap</source>
        <translation>タイルの重なり</translation>
    </message>
    <message>
        <source>Undo it where the model has moved or zoomed the whole picture.</source>
        <translation>モデルが画像全体をずらしたり拡大縮小したりした場合に、元に戻します。</translation>
    </message>
    <message>
        <source>Where the soft edge begins: outside the selection, or inside it.</source>
        <translation>ぼかしを選択範囲の外側と内側のどこから始めるか。</translation>
    </message>
    <message>
        <source>as around it</source>
        <translation>周囲どおり</translation>
    </message>
    <message>
        <source>as painted</source>
        <translation>生成どおり</translation>
    </message>
    <message>
        <source>hard edge</source>
        <translation>くっきり</translation>
    </message>
    <message>
        <source>inside</source>
        <translation>内側</translation>
    </message>
    <message>
        <source>led in</source>
        <translation>なじませる</translation>
    </message>
    <message>
        <source>more tiles</source>
        <translation>分割を増やす</translation>
    </message>
    <message>
        <source>wide surroundings</source>
        <translation>周囲を広く</translation>
    </message>
    <message>
        <source>one piece</source>
        <translation>分割しない</translation>
    </message>
    <message>
        <source>outside</source>
        <translation>外側</translation>
    </message>
    <message>
        <source>px</source>
        <translation>px</translation>
    </message>
    <message>
        <source>selection only</source>
        <translation>選択範囲のみ</translation>
    </message>
    <message>
        <source>smoother</source>
        <translation>なめらか</translation>
    </message>
    <message>
        <source>soft edge</source>
        <translation>やわらか</translation>
    </message>
    <message numerus="yes">
        <source>%n edits waiting</source>
        <translation>
            <numerusform>キュー: %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>1 edit waiting</source>
        <translation>キュー: 1 件</translation>
    </message>
    <message>
        <source>Add to the queue</source>
        <translation>キューに追加</translation>
    </message>
    <message>
        <source>Start the next edit in the queue</source>
        <translation>キューの次の編集を開始します</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>消去</translation>
    </message>
    <message>
        <source>Clear the queue</source>
        <translation>キューを消去</translation>
    </message>
    <message>
        <source>Continue the queue</source>
        <translation>キューを再開</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>前へ</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>後へ</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>キュー</translation>
    </message>
    <message>
        <source>Remove all edits from the queue</source>
        <translation>キューからすべて取り除きます</translation>
    </message>
    <message>
        <source>Remove from the queue</source>
        <translation>キューから取り除く</translation>
    </message>
    <message>
        <source>Waiting edit</source>
        <translation>待機中の編集</translation>
    </message>
    <message>
        <source>{number}. {words}</source>
        <translation>{number}. {words}</translation>
    </message>
    <message>
        <source>{waiting}, on hold</source>
        <translation>{waiting} (一時停止)</translation>
    </message>
    <message>
        <source>{control}: {row}</source>
        <translation>{control}: {row}</translation>
    </message>
    <message>
        <source>A preset or template of yours cannot be read: {detail}</source>
        <translation>プリセットまたはテンプレートを読み込めません: {detail}</translation>
    </message>
    <message>
        <source>Add all layers of the group</source>
        <translation>グループの全レイヤーを追加</translation>
    </message>
    <message>
        <source>Choose a layer inside a group, then add its layers.</source>
        <translation>グループ内のレイヤーを選んでから、レイヤーを追加してください。</translation>
    </message>
    <message>
        <source>Delete a template</source>
        <translation>テンプレートを削除</translation>
    </message>
    <message>
        <source>Delete the preset</source>
        <translation>プリセットを削除</translation>
    </message>
    <message>
        <source>Edit regions</source>
        <translation>領域を編集</translation>
    </message>
    <message>
        <source>Edit this region again</source>
        <translation>この領域を再編集</translation>
    </message>
    <message>
        <source>How to add regions</source>
        <translation>領域の追加方法</translation>
    </message>
    <message>
        <source>Keep these settings under a name</source>
        <translation>この設定に名前を付けて保存します</translation>
    </message>
    <message>
        <source>Repair or delete that file in the panel&apos;s folder; the others still work.</source>
        <translation>パネルのフォルダーにあるそのファイルを修正または削除してください。ほかは使えます。</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>プリセットの名前</translation>
    </message>
    <message>
        <source>Name of the region</source>
        <translation>領域の名前</translation>
    </message>
    <message>
        <source>One edit with one instruction</source>
        <translation>1 つの指示で 1 回編集します</translation>
    </message>
    <message>
        <source>Own preset</source>
        <translation>自分のプリセット</translation>
    </message>
    <message>
        <source>Parts in [brackets] become blanks to write over</source>
        <translation>[角かっこ] の部分は書き換え用の空欄になります</translation>
    </message>
    <message>
        <source>Picture of the region</source>
        <translation>領域の画像</translation>
    </message>
    <message>
        <source>Click to rename</source>
        <translation>クリックして名前を変更</translation>
    </message>
    <message numerus="yes">
        <source>Regions %n</source>
        <translation>
            <numerusform>領域 %n</numerusform>
        </translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save as a preset</source>
        <translation>プリセットとして保存</translation>
    </message>
    <message>
        <source>Save as a template</source>
        <translation>テンプレートとして保存</translation>
    </message>
    <message>
        <source>Save the preset</source>
        <translation>プリセットを保存</translation>
    </message>
    <message>
        <source>Select a part of the picture and add it as a region.</source>
        <translation>画像の一部を選択し、領域として追加してください。</translation>
    </message>
    <message>
        <source>Select a part of the picture and add it. Each region has its own instruction; all run together.</source>
        <translation>画像の一部を選択して追加してください。領域ごとに指示を持ち、まとめて実行されます。</translation>
    </message>
    <message>
        <source>Several selections, each with its own instruction, edited together</source>
        <translation>複数の選択範囲を、それぞれの指示でまとめて編集します</translation>
    </message>
    <message>
        <source>Show or hide its words</source>
        <translation>文章の表示を切り替え</translation>
    </message>
    <message>
        <source>The active layer shares no group with other layers.</source>
        <translation>アクティブレイヤーと同じグループに、ほかのレイヤーがありません。</translation>
    </message>
    <message>
        <source>What should change in the next region?</source>
        <translation>次の領域をどう変えますか？</translation>
    </message>
    <message>
        <source>What to edit</source>
        <translation>編集の対象</translation>
    </message>
    <message>
        <source>Replace what is in [brackets]; Tab goes from one to the next.</source>
        <translation>[角かっこ] の部分を書き換えてください。Tab で次に進みます。</translation>
    </message>
    <message>
        <source>{width} × {height} px</source>
        <translation>{width} × {height} px</translation>
    </message>
    <message>
        <source>Exact</source>
        <translation>正確</translation>
    </message>
    <message>
        <source>Fast</source>
        <translation>高速</translation>
    </message>
    <message>
        <source>Earlier edit</source>
        <translation>以前の編集</translation>
    </message>
    <message>
        <source>History</source>
        <translation>履歴</translation>
    </message>
    <message>
        <source>History of the document</source>
        <translation>ドキュメントの履歴</translation>
    </message>
    <message>
        <source>Keep this one</source>
        <translation>これを残す</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>見つかりません</translation>
    </message>
    <message>
        <source>Picture of the result</source>
        <translation>結果の画像</translation>
    </message>
    <message>
        <source>Remove from the history</source>
        <translation>履歴から削除</translation>
    </message>
    <message>
        <source>Reproduce</source>
        <translation>同じ結果を再現</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>検索</translation>
    </message>
    <message>
        <source>Search the history</source>
        <translation>履歴を検索</translation>
    </message>
    <message>
        <source>Show only what is starred</source>
        <translation>スター付きだけを表示</translation>
    </message>
    <message>
        <source>Star</source>
        <translation>スター</translation>
    </message>
    <message>
        <source>Starred only</source>
        <translation>スター付きのみ</translation>
    </message>
    <message>
        <source>Use again</source>
        <translation>もう一度使う</translation>
    </message>
    <message>
        <source>What to do with it</source>
        <translation>これに対する操作</translation>
    </message>
    <message>
        <source>What was made in this document</source>
        <translation>このドキュメントで作成したもの</translation>
    </message>
    <message>
        <source>When and how it was made</source>
        <translation>作成日時と設定</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>シード {seed}</translation>
    </message>
    <message>
        <source>A floating selection lies over the layers; anchor it or make it a layer first (Layer menu).</source>
        <translation>フローティング選択がレイヤーの上にあります。先に固定するか、レイヤーにしてください (レイヤーメニュー)。</translation>
    </message>
    <message>
        <source>Add the edit that the active layer was made by</source>
        <translation>アクティブレイヤーを作成した編集を追加</translation>
    </message>
    <message>
        <source>Choose a layer that the panel has made.</source>
        <translation>このパネルで作成したレイヤーを選んでください。</translation>
    </message>
    <message>
        <source>From the active layer</source>
        <translation>アクティブレイヤーから</translation>
    </message>
    <message>
        <source>The active layer has no readable record of an edit.</source>
        <translation>アクティブレイヤーには、読み取れる編集の記録がありません。</translation>
    </message>
    <message numerus="yes">
        <source>%n layers in a group</source>
        <translation>
            <numerusform>グループ内のレイヤー %n 枚</numerusform>
        </translation>
    </message>
    <message>
        <source>1:1</source>
        <translation>1:1</translation>
    </message>
    <message>
        <source>A text for a report: versions and the failure, without your words, names, files and paths</source>
        <translation>報告用のテキスト: バージョンとエラー。入力した言葉、名前、ファイル、パスは含みません</translation>
    </message>
    <message>
        <source>After</source>
        <translation>編集後</translation>
    </message>
    <message>
        <source>Again</source>
        <translation>もう一度</translation>
    </message>
    <message>
        <source>Amount</source>
        <translation>適用量</translation>
    </message>
    <message>
        <source>Amount in percent</source>
        <translation>適用量 (パーセント)</translation>
    </message>
    <message>
        <source>Blink</source>
        <translation>点滅</translation>
    </message>
    <message>
        <source>Bring the layer back</source>
        <translation>レイヤーを元に戻します</translation>
    </message>
    <message>
        <source>Change map</source>
        <translation>変化マップ</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比較</translation>
    </message>
    <message>
        <source>Compare in a window</source>
        <translation>ウィンドウで比較</translation>
    </message>
    <message>
        <source>Compare in a separate window</source>
        <translation>独立したウィンドウで比較します</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>コピーしました</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>診断情報をコピー</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>詳細</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差分</translation>
    </message>
    <message>
        <source>Edit what is selected now with the same words</source>
        <translation>現在の選択範囲を同じ言葉で編集します</translation>
    </message>
    <message>
        <source>How long it takes</source>
        <translation>所要時間</translation>
    </message>
    <message>
        <source>How much of the result shows: the opacity of its layer.</source>
        <translation>結果をどれだけ表示するか: レイヤーの不透明度です。</translation>
    </message>
    <message>
        <source>How the picture before and after is compared</source>
        <translation>編集前と編集後の比較方法</translation>
    </message>
    <message>
        <source>Least change around the selection first.</source>
        <translation>選択範囲の周囲の変化が少ない順です。</translation>
    </message>
    <message>
        <source>May not fit into memory</source>
        <translation>メモリーが足りない可能性があります</translation>
    </message>
    <message>
        <source>More about this result</source>
        <translation>この結果のその他の操作</translation>
    </message>
    <message>
        <source>More like this one</source>
        <translation>これに似たものをもっと</translation>
    </message>
    <message>
        <source>More like {number}</source>
        <translation>{number} に似たものをもっと</translation>
    </message>
    <message>
        <source>Nearest to the words first.</source>
        <translation>言葉に近い順です。</translation>
    </message>
    <message>
        <source>New layer above “{layer}”</source>
        <translation>「{layer}」の上の新規レイヤー</translation>
    </message>
    <message>
        <source>New layer on top</source>
        <translation>一番上の新規レイヤー</translation>
    </message>
    <message>
        <source>One picture pixel to one screen pixel; Ctrl and the wheel zoom</source>
        <translation>画像の 1 ピクセルを画面の 1 ピクセルで表示。Ctrl とホイールで拡大縮小します</translation>
    </message>
    <message>
        <source>One to one</source>
        <translation>等倍</translation>
    </message>
    <message>
        <source>The same plan with other seeds; nothing is written again</source>
        <translation>同じプランで別のシードを使います。書き直しはしません</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>やり直す</translation>
    </message>
    <message>
        <source>Save a copy…</source>
        <translation>コピーを保存…</translation>
    </message>
    <message>
        <source>Save the record</source>
        <translation>記録を保存</translation>
    </message>
    <message>
        <source>Save the record…</source>
        <translation>記録を保存…</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>並べて表示</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>サイズ</translation>
    </message>
    <message>
        <source>Remove the layer from the picture</source>
        <translation>レイヤーを画像から取り除きます</translation>
    </message>
    <message>
        <source>The result</source>
        <translation>結果</translation>
    </message>
    <message>
        <source>The same plan and seed, from faithful to free; nothing was written again.</source>
        <translation>同じプランとシードで、忠実から自由へ。書き直しはしていません。</translation>
    </message>
    <message>
        <source>The same plan and seed, from weak to strong; nothing was written again.</source>
        <translation>同じプランとシードで、弱から強へ。書き直しはしていません。</translation>
    </message>
    <message>
        <source>The same plan with other seeds; nothing was written again.</source>
        <translation>同じプランで別のシードです。書き直しはしていません。</translation>
    </message>
    <message>
        <source>To a new group above “{layer}”</source>
        <translation>「{layer}」の上の新規グループへ</translation>
    </message>
    <message>
        <source>To a new group on top</source>
        <translation>一番上の新規グループへ</translation>
    </message>
    <message>
        <source>To a new layer above “{layer}”</source>
        <translation>「{layer}」の上の新規レイヤーへ</translation>
    </message>
    <message>
        <source>To a new layer on top</source>
        <translation>一番上の新規レイヤーへ</translation>
    </message>
    <message>
        <source>Try faithful to free</source>
        <translation>忠実から自由まで試す</translation>
    </message>
    <message>
        <source>Try weak to strong</source>
        <translation>弱から強まで試す</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>元に戻す</translation>
    </message>
    <message>
        <source>Undo and redo</source>
        <translation>元に戻す／やり直す</translation>
    </message>
    <message>
        <source>What changed nothing comes last.</source>
        <translation>何も変わらなかったものは最後です。</translation>
    </message>
    <message>
        <source>What slid out of place comes later.</source>
        <translation>位置がずれたものは後ろです。</translation>
    </message>
    <message>
        <source>What stands in its way</source>
        <translation>妨げになるもの</translation>
    </message>
    <message>
        <source>What the next edit does</source>
        <translation>次の編集の内容</translation>
    </message>
    <message>
        <source>What the program itself said</source>
        <translation>プログラム自体のメッセージ</translation>
    </message>
    <message>
        <source>What was asked for</source>
        <translation>指示の内容</translation>
    </message>
    <message>
        <source>Where the result is</source>
        <translation>結果の場所</translation>
    </message>
    <message>
        <source>Where the result will go</source>
        <translation>結果の配置先</translation>
    </message>
    <message>
        <source>Why they stand in this order</source>
        <translation>並び順の理由</translation>
    </message>
    <message>
        <source>Wipe</source>
        <translation>ワイプ</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>約 {time}</translation>
    </message>
    <message>
        <source>result</source>
        <translation>結果</translation>
    </message>
    <message>
        <source>{changed} pixels changed, {outside} outside the selection</source>
        <translation>{changed} ピクセルが変化、選択範囲の外は {outside} ピクセル</translation>
    </message>
    <message>
        <source>{opacity} Beyond 100 % it is painted anew from the same plan, more strongly.</source>
        <translation>{opacity} 100 % を超えると、同じプランからより強く描き直します。</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>{time}, in {wait}</source>
        <translation>{wait}後に開始、{time}</translation>
    </message>
    <message>
        <source>{words} + {count} more</source>
        <translation>{words} ほか {count} 件</translation>
    </message>
    <message>
        <source>“{layer}” is clipped to the layers below it, and so will the result be.</source>
        <translation>「{layer}」は下のレイヤーでクリッピングされているため、結果もクリッピングされます。</translation>
    </message>
    <message>
        <source>“{layer}” is in a hidden group: the result would not be seen.</source>
        <translation>「{layer}」は非表示のグループにあるため、何も表示されません。</translation>
    </message>
    <message>
        <source>“{layer}” is in a locked group: nothing can be placed there.</source>
        <translation>「{layer}」はロックされたグループにあるため、配置できません。</translation>
    </message>
    <message>
        <source>recolours only: light, contrast, colours and looks, of the whole picture or of a part</source>
        <translation>色調のみ: 画像全体または一部の明るさ・コントラスト・色・雰囲気</translation>
    </message>
    <message>
        <source>Change map as a layer</source>
        <translation>変化マップをレイヤーとして追加</translation>
    </message>
    <message>
        <source>Change map of {words}</source>
        <translation>{words} の変化マップ</translation>
    </message>
    <message>
        <source>Show or hide its layer</source>
        <translation>レイヤーの表示を切り替え</translation>
    </message>
    <message>
        <source>A folder with a model</source>
        <translation>モデルのあるフォルダー</translation>
    </message>
    <message>
        <source>Accept and get</source>
        <translation>同意して取得</translation>
    </message>
    <message>
        <source>Add active layer</source>
        <translation>アクティブレイヤーを追加</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>アドレス</translation>
    </message>
    <message>
        <source>At {server}</source>
        <translation>{server} にあります</translation>
    </message>
    <message>
        <source>Back to the edit</source>
        <translation>編集に戻る</translation>
    </message>
    <message>
        <source>Load it into memory, so that the next edit does not have to wait</source>
        <translation>次の編集を待たせないよう、メモリーに読み込みます</translation>
    </message>
    <message>
        <source>Checking every byte</source>
        <translation>全バイトを確認中</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>選択</translation>
    </message>
    <message>
        <source>Choose, download and check models (Ctrl+Shift+M)</source>
        <translation>モデルの選択、ダウンロード、確認 (Ctrl+Shift+M)</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>選択済み</translation>
    </message>
    <message>
        <source>Check every byte of its files</source>
        <translation>ファイルのすべてのバイトを確認します</translation>
    </message>
    <message>
        <source>Compare the fingerprint</source>
        <translation>フィンガープリントの照合</translation>
    </message>
    <message>
        <source>Do not accept</source>
        <translation>同意しない</translation>
    </message>
    <message>
        <source>Use it for this document from now on</source>
        <translation>今後このドキュメントに使います</translation>
    </message>
    <message>
        <source>All files are intact.</source>
        <translation>すべてのファイルは正常です。</translation>
    </message>
    <message>
        <source>Download it; its licence is shown first</source>
        <translation>ダウンロードします。先にライセンスを表示します</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>ダウンロード中</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>フィンガープリント</translation>
    </message>
    <message>
        <source>Free memory now</source>
        <translation>今すぐメモリーを解放</translation>
    </message>
    <message>
        <source>Freeing memory</source>
        <translation>メモリーを解放中</translation>
    </message>
    <message>
        <source>Get</source>
        <translation>取得</translation>
    </message>
    <message>
        <source>Get {size}</source>
        <translation>取得 ({size})</translation>
    </message>
    <message>
        <source>Import folder…</source>
        <translation>フォルダーを読み込む…</translation>
    </message>
    <message>
        <source>Install a model from a folder of this machine</source>
        <translation>このコンピューターのフォルダーからモデルをインストールします</translation>
    </message>
    <message>
        <source>They match: use it</source>
        <translation>一致するので使う</translation>
    </message>
    <message>
        <source>Its certificate has this fingerprint. Use it only if `mgie status` shows the same one there:</source>
        <translation>証明書のフィンガープリントは次のとおりです。向こうの `mgie status` と同じ場合だけ使ってください:</translation>
    </message>
    <message>
        <source>Its licence has not been accepted yet.</source>
        <translation>ライセンスにまだ同意していません。</translation>
    </message>
    <message>
        <source>Licence: {name}</source>
        <translation>ライセンス: {name}</translation>
    </message>
    <message>
        <source>Load now</source>
        <translation>今すぐ読み込む</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>読み込み中</translation>
    </message>
    <message>
        <source>Show certificate</source>
        <translation>証明書を表示</translation>
    </message>
    <message>
        <source>Show its certificate</source>
        <translation>証明書を表示します</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>モデル</translation>
    </message>
    <message>
        <source>Models: installed and available</source>
        <translation>モデル: インストール済みと入手可能</translation>
    </message>
    <message>
        <source>Needs about {needed} of memory; {free} is free: it fits.</source>
        <translation>約 {needed} のメモリーが必要です。空きは {free}: 収まります。</translation>
    </message>
    <message>
        <source>Needs about {needed} of memory; {free} of {total} is free: close other programs.</source>
        <translation>約 {needed} のメモリーが必要です。空きは {total} 中 {free}: ほかのプログラムを閉じてください。</translation>
    </message>
    <message>
        <source>Needs about {needed}; the graphics card has {total}: it will run in parts, more slowly.</source>
        <translation>約 {needed} が必要で、グラフィックカードは {total}: 分割して動き、遅くなります。</translation>
    </message>
    <message>
        <source>Needs about {needed}; this machine has {total}: not enough.</source>
        <translation>約 {needed} が必要で、このコンピューターは {total}: 足りません。</translation>
    </message>
    <message>
        <source>HOST:PORT of a backend on another machine, as given to `mgie serve --listen`</source>
        <translation>別のコンピューターのバックエンドの HOST:PORT (`mgie serve --listen` に指定したもの)</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>このコンピューターにあります</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>一時停止</translation>
    </message>
    <message>
        <source>Paused; what has arrived is kept.</source>
        <translation>一時停止しました。届いた分は残ります。</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>準備中</translation>
    </message>
    <message>
        <source>Press “Models” below to choose another one, or to get it.</source>
        <translation>下の「モデル」を押して、別のものを選ぶか取得してください。</translation>
    </message>
    <message>
        <source>Press “Models” below, then “Verify”; install it again if need be.</source>
        <translation>下の「モデル」、次に「確認」を押してください。必要なら再インストールしてください。</translation>
    </message>
    <message>
        <source>Press “Resume” to continue where it stopped.</source>
        <translation>「再開」を押すと、止まったところから続きます。</translation>
    </message>
    <message>
        <source>Read it and accept it first.</source>
        <translation>先に読んで同意してください。</translation>
    </message>
    <message>
        <source>Reference pictures</source>
        <translation>参考画像</translation>
    </message>
    <message>
        <source>Remove this reference picture</source>
        <translation>この参考画像を外す</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>再開</translation>
    </message>
    <message>
        <source>Show the model the active layer too, so that your words can refer to it</source>
        <translation>アクティブレイヤーもモデルに見せ、言葉で触れられるようにします</translation>
    </message>
    <message>
        <source>Unload every model from memory once the running edits are done</source>
        <translation>実行中の編集のあと、すべてのモデルをメモリーから外します</translation>
    </message>
    <message>
        <source>Terms of the licence</source>
        <translation>ライセンスの条件</translation>
    </message>
    <message>
        <source>The backend has not answered yet.</source>
        <translation>バックエンドはまだ応答していません。</translation>
    </message>
    <message>
        <source>The connection broke off, or nobody answers.</source>
        <translation>接続が切れたか、応答がありません。</translation>
    </message>
    <message>
        <source>Accept the licence of {model} first</source>
        <translation>先に {model} のライセンスに同意してください</translation>
    </message>
    <message>
        <source>The model had shifted the picture a little; this was corrected.</source>
        <translation>モデルが画像を少しずらしましたが、元に戻しました。</translation>
    </message>
    <message>
        <source>The model has moved things, which could not be corrected: check along the edges of the edit.</source>
        <translation>モデルが位置をずらし、元に戻せませんでした。編集の境目を確認してください。</translation>
    </message>
    <message>
        <source>The model takes fewer reference pictures. Remove some, or choose another model.</source>
        <translation>このモデルが使える参考画像はもっと少数です。減らすか、別のモデルを選んでください。</translation>
    </message>
    <message>
        <source>This model does not use them.</source>
        <translation>このモデルは参考画像を使いません。</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>トークン</translation>
    </message>
    <message>
        <source>Trust this certificate</source>
        <translation>この証明書を信頼する</translation>
    </message>
    <message>
        <source>Use this machine</source>
        <translation>このコンピューターを使う</translation>
    </message>
    <message>
        <source>Use this machine&apos;s own backend</source>
        <translation>このコンピューター自身のバックエンドを使う</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>確認</translation>
    </message>
    <message>
        <source>What has arrived is kept, and the next try continues there</source>
        <translation>届いた分は残り、次はそこから続きます</translation>
    </message>
    <message>
        <source>The contents of that backend&apos;s token file</source>
        <translation>そのバックエンドのトークンファイルの内容</translation>
    </message>
    <message>
        <source>Where the backend is</source>
        <translation>バックエンドの場所</translation>
    </message>
    <message>
        <source>Who writes the words that it paints</source>
        <translation>描く言葉を誰が書くか</translation>
    </message>
    <message>
        <source>Words by {model}</source>
        <translation>言葉: {model}</translation>
    </message>
    <message>
        <source>Your own words</source>
        <translation>自分の言葉</translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation>使用不可</translation>
    </message>
    <message>
        <source>chosen, {state}</source>
        <translation>選択済み、{state}</translation>
    </message>
    <message>
        <source>in memory</source>
        <translation>メモリー内</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>インストール済み</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>読み込み中</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>未インストール</translation>
    </message>
    <message>
        <source>paints your own words; another model may write for it</source>
        <translation>自分の言葉を描きます。別のモデルに書かせることもできます</translation>
    </message>
    <message>
        <source>studio.local:7860</source>
        <translation>studio.local:7860</translation>
    </message>
    <message>
        <source>writes only; choose it with a painter</source>
        <translation>書くだけです。描くモデルと一緒に選んでください</translation>
    </message>
    <message>
        <source>{count} of at most {most}</source>
        <translation>最大 {most} 枚中 {count} 枚</translation>
    </message>
    <message>
        <source>{free} of {total} of memory free</source>
        <translation>メモリーの空き: {total} 中 {free}</translation>
    </message>
    <message>
        <source>{name}: {free} of {total} of memory free</source>
        <translation>{name}: メモリーの空き {total} 中 {free}</translation>
    </message>
    <message>
        <source>{size} already downloaded</source>
        <translation>{size} ダウンロード済み</translation>
    </message>
    <message>
        <source>{words}, at {server}</source>
        <translation>{words}、{server}</translation>
    </message>
    <message>
        <source>{work}: {done} of {total}</source>
        <translation>{work}: {total} 中 {done}</translation>
    </message>
    <message>
        <source>New layer above the group of “{layer}”</source>
        <translation>「{layer}」のグループの上に新規レイヤー</translation>
    </message>
    <message>
        <source>The group around “{layer}” is half-opaque, masked or blended: the result goes above it.</source>
        <translation>「{layer}」のグループは半透明、マスク付き、または合成モードのため、結果はグループの上に置かれます。</translation>
    </message>
    <message>
        <source>To a new layer above the group of “{layer}”</source>
        <translation>「{layer}」のグループの上の新規レイヤーへ</translation>
    </message>
    <message>
        <source>Guidance every</source>
        <translation>ガイダンス間隔</translation>
    </message>
    <message>
        <source>Save it once more when the edit has ended.</source>
        <translation>編集が終わったら、もう一度保存してください。</translation>
    </message>
    <message>
        <source>Steps from one computation of the guidance to the next, which use it again.</source>
        <translation>ガイダンスを一度計算してから次に計算するまでのステップ数。その間は前の結果を使います。</translation>
    </message>
    <message>
        <source>The file just saved contains the preview of the running edit as a layer.</source>
        <translation>保存されたファイルに、実行中の編集のプレビューがレイヤーとして含まれています。</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>正確</translation>
    </message>
    <message>
        <source>first step</source>
        <translation>最初のステップ</translation>
    </message>
    <message>
        <source>last step</source>
        <translation>最後のステップ</translation>
    </message>
    <message>
        <source>Change map as a selection</source>
        <translation>変化マップを選択範囲にする</translation>
    </message>
    <message>
        <source>Discard: remove its layer</source>
        <translation>破棄: レイヤーを取り除く</translation>
    </message>
    <message>
        <source>Discarded</source>
        <translation>破棄しました</translation>
    </message>
    <message>
        <source>Keep: put its layer back</source>
        <translation>採用: レイヤーを戻す</translation>
    </message>
    <message>
        <source>A file with a painter</source>
        <translation>描画モデルのファイル</translation>
    </message>
    <message>
        <source>Import file…</source>
        <translation>ファイルを読み込む…</translation>
    </message>
    <message>
        <source>Install a painter from one .safetensors or .gguf file; its size is shown first</source>
        <translation>1 つの .safetensors または .gguf ファイルから描画モデルをインストールします。先にサイズを表示します</translation>
    </message>
    <message>
        <source>Needs {needed} GB, {free} GB free: parts of the model move out while it runs, which is slower</source>
        <translation>{needed} GB 必要、空き {free} GB: 実行中にモデルの一部が退避されるため、遅くなります</translation>
    </message>
    <message>
        <source>{needed} of {free} GB free</source>
        <translation>空き {free} GB のうち {needed} GB</translation>
    </message>
    <message>
        <source>{time}, {memory}</source>
        <translation>{time}、{memory}</translation>
    </message>
    <message>
        <source>Reduced copy</source>
        <translation>縮小コピー</translation>
    </message>
    <message>
        <source>Add all open pictures</source>
        <translation>開いている画像をすべて追加</translation>
    </message>
    <message numerus="yes">
        <source>To new layers in %n pictures</source>
        <translation>
            <numerusform>%n 枚の画像の新規レイヤーへ</numerusform>
        </translation>
    </message>
    <message>
        <source>Undone</source>
        <translation>取り消し済み</translation>
    </message>
    <message>
        <source>Regions of all open pictures</source>
        <translation>開いているすべての画像の領域</translation>
    </message>
    <message>
        <source>Compare on the canvas</source>
        <translation>キャンバス上で比較</translation>
    </message>
    <message>
        <source>Show the wipe, difference, blink or change map on the canvas, too; nothing of it is saved</source>
        <translation>ワイプ、差分、点滅、変化マップをキャンバス上にも表示します。保存はされません</translation>
    </message>
    <message>
        <source>Beyond 100 % its change is increased, in its place.</source>
        <translation>100 % を超えると、同じ場所で変更がさらに強められます。</translation>
    </message>
    <message>
        <source>Choose that model below, or install one first.</source>
        <translation>下でそのモデルを選ぶか、先にインストールしてください。</translation>
    </message>
    <message>
        <source>Other parts from…</source>
        <translation>残りの部分の取得元…</translation>
    </message>
    <message>
        <source>This file holds only what paints; the rest has to come from an installed model of its kind.</source>
        <translation>このファイルには描画部分しか含まれていません。残りは同じ種類のインストール済みモデルから取る必要があります。</translation>
    </message>
    <message>
        <source>Whose other parts it takes</source>
        <translation>残りの部分を取るモデル</translation>
    </message>
    <message>
        <source>The model wrote: {words}</source>
        <translation>モデルの文章：{words}</translation>
    </message>
    <message>
        <source>You added this.</source>
        <translation>あなたが追加した言葉です。</translation>
    </message>
    <message>
        <source>Choose a name that ends in .png, .webp or .tif.</source>
        <translation>拡張子が .png、.webp、.tif のいずれかの名前を選んでください。</translation>
    </message>
    <message>
        <source>Choose a name that ends in .tif, or in .png for up to 16 bits.</source>
        <translation>拡張子が .tif の名前を選んでください。16 ビットまでなら .png でもかまいません。</translation>
    </message>
    <message>
        <source>Choose a name that ends in .tif.</source>
        <translation>拡張子が .tif の名前を選んでください。</translation>
    </message>
    <message>
        <source>Files of this kind cannot hold the picture&apos;s depth.</source>
        <translation>この種類のファイルでは画像の色深度を保てません。</translation>
    </message>
    <message>
        <source>Files of this kind cannot hold the picture&apos;s transparency.</source>
        <translation>この種類のファイルでは画像の透明度を保てません。</translation>
    </message>
    <message>
        <source>JPEG compression changed colours by up to {percent} %</source>
        <translation>JPEG 圧縮で色が最大 {percent} % 変わりました</translation>
    </message>
    <message>
        <source>Saved file</source>
        <translation>保存したファイル</translation>
    </message>
    <message>
        <source>The picture has more pixels to a side than files of this kind can hold.</source>
        <translation>画像の一辺のピクセル数が、この種類のファイルの上限を超えています。</translation>
    </message>
    <message>
        <source>further pages, frames or layers of {name} are not in it</source>
        <translation>{name} のほかのページ、フレーム、レイヤーは含まれていません</translation>
    </message>
    <message>
        <source>{option} off</source>
        <translation>{option} オフ</translation>
    </message>
</context>
</TS>
